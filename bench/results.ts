import type { AheadRound } from './cases/ahead.ts'
import type { BuildRun } from './cases/build.ts'
import type { CamerasRun, Through } from './cases/cameras.ts'
import type { CpuRun } from './cases/cpu.ts'
import type { EngineRun } from './cases/engine.ts'
import type { EvaluationRun } from './cases/evaluation.ts'
import type { FlowRound } from './cases/flow.ts'
import type { FormulationRound } from './cases/formulations.ts'
import type { HandshakeRun } from './cases/handshake.ts'
import type { JointRound } from './cases/joint.ts'
import type { LoadRun } from './cases/load.ts'
import type { LoadingRun } from './cases/loading.ts'
import type { MetricsRun } from './cases/metrics.ts'
import type { PrecisionRound, PrecisionRounds } from './cases/precision.ts'
import type { ResizeRound } from './cases/resize.ts'
import type { SessionRun } from './cases/session.ts'
import type { TilesRun } from './cases/tiles.ts'
import type { TrainingRun } from './cases/training.ts'
import type { TrainingStepRun } from './cases/training-step.ts'
import type { CameraImage } from './images.ts'
import type { Machine } from './machine.ts'
import type { Soak } from './soak/run.ts'

type Formulation = 'fused' | 'plain'
type Model = 'ViT-L' | 'nano'

/** Every run of every case as it was measured; what is made of it stands in report.ts. */
export interface Results {
  readonly machine: Machine
  readonly build?: Readonly<Record<Formulation, readonly BuildRun[]>>
  readonly vitL?: Readonly<Record<Formulation, readonly SessionRun[]>>
  readonly formulations?: readonly FormulationRound[]
  readonly precision?: {
    readonly models: readonly {
      readonly precision: keyof PrecisionRound
      /** Of all files of the folder. */
      readonly fileMB: number
      readonly build: BuildRun
      readonly session: SessionRun
    }[]
    readonly rounds: PrecisionRounds
  }
  readonly cpu?: CpuRun
  /** The default without huge pages, and with the graph that onnxruntime has optimised and saved. */
  readonly loading?: Readonly<
    Record<'default' | 'small pages' | 'saved graph' | 'copy', readonly LoadingRun[]>
  >
  readonly sizes?: readonly {
    readonly imageSize: number
    readonly flops: number
    readonly runs: readonly SessionRun[]
  }[]
  readonly joint?: readonly JointRound[]
  readonly nano?: readonly { readonly batch: number; readonly runs: readonly SessionRun[] }[]
  readonly engine?: readonly ({ readonly model: Model; readonly image: CameraImage['label'] } & EngineRun)[]
  readonly flow?: readonly {
    readonly model: Model
    readonly image: CameraImage['label']
    readonly rounds: readonly FlowRound[]
  }[]
  readonly lag?: readonly ({
    readonly model: Model
    readonly image: CameraImage['label']
    readonly inFlight: number
  } & LoadRun)[]
  /** Images at once. */
  readonly batches?: readonly {
    readonly model: Model
    readonly sizes: readonly { readonly batch: number; readonly runs: readonly SessionRun[] }[]
  }[]
  readonly cameras?: readonly ({
    readonly model: Model
    readonly image: CameraImage['label']
    readonly through: Through
  } & CamerasRun)[]
  readonly ahead?: readonly {
    readonly model: Model
    readonly image: CameraImage['label']
    readonly rounds: readonly AheadRound[]
  }[]
  readonly resize?: readonly {
    readonly image: CameraImage['label']
    readonly side: number
    readonly rounds: readonly ResizeRound[]
  }[]
  readonly handshake?: HandshakeRun
  readonly evaluation?: readonly ({ readonly images: number } & EvaluationRun)[]
  /** Maps of side × side pixels. */
  readonly metrics?: readonly {
    readonly side: number
    readonly maps: number
    readonly runs: readonly MetricsRun[]
  }[]
  readonly tiles?: readonly ({ readonly model: Model } & TilesRun)[]
  readonly training?: {
    readonly loadBefore: number
    readonly steps: readonly TrainingStepRun[]
    readonly whole: TrainingRun
  }
}

/** Of `npm run soak`. */
export interface SoakResults {
  readonly machine: Machine
  readonly soaks: readonly Soak[]
}

export type CaseName = Exclude<keyof Results, 'machine'>
