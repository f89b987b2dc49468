import type { ClipDimensions } from '../../models/clip/dimensions.ts'
import type { TorchValue, WeightsFile } from '../../models/weights/index.ts'
import type { PromptSizes } from '../anomalyclip-step.ts'
import type { Optimiser } from '../optimiser.ts'
import type { TrainingSettings } from '../settings.ts'
import type { StepGraph } from '../step.ts'

/** What a method learns and how; one implementation a method. */
export interface Learning {
  /** Those of the prompts to begin with, or else as chosen. */
  readonly sizes: PromptSizes
  /** Shape of each parameter by its name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** Before the first step: of the prompts to begin with, or random. */
  readonly start: (seed: number) => Promise<ReadonlyMap<string, Float32Array>>
  /** @param withMaps whether a defect is drawn in any image */
  readonly step: (settings: TrainingSettings, what: StepOf) => Promise<StepGraph>
  readonly optimiser: (learningRate: number) => Optimiser
  /** In the published layout. */
  readonly checkpoint: (
    learnt: ReadonlyMap<string, Float32Array>,
    facts: CheckpointFacts,
  ) => Promise<TorchValue>
}

export interface StepOf {
  readonly withMaps: boolean
  readonly classNames: readonly string[]
}

export interface CheckpointFacts {
  readonly epoch: number
  readonly classNames: readonly string[]
}

export interface LearningFiles {
  readonly clip: WeightsFile
  readonly dimensions: ClipDimensions
  /** Prompts to begin with, in the published layout; null = random ones. */
  readonly init: WeightsFile | null
}

/** Of random prompts. Source: CoOp's and AnomalyCLIP's published code. */
export const START_DEVIATION = 0.02
