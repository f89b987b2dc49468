import { join, resolve } from 'node:path'
import { clipDimensions } from '../models/clip/dimensions.ts'
import { sha256Of } from '../models/sha256.ts'
import { openWeights, type WeightsFile } from '../models/weights/index.ts'
import { openFeatureCache } from './data/cache.ts'
import { featureSource } from './data/feature-source.ts'
import type { TrainingImage } from './data/images.ts'
import type { FailedImage } from './data/prepare.ts'
import { prepareParts } from './data/prepare-parts.ts'
import { learn } from './learn.ts'
import { anomalyClipLearning } from './methods/anomalyclip.ts'
import { coopLearning } from './methods/coop.ts'
import type { OnProgress } from './progress.ts'
import { checkSettings } from './results/compare.ts'
import { FEATURES_FOLDER, startIn, writeLosses, writeResult } from './results/files.ts'
import { bestEpoch, type EpochLosses } from './results/losses.ts'
import { checkDevice, removeLeftGraphs } from './session.ts'
import {
  type ChosenTraining,
  EPOCHS,
  optionError,
  type TrainingMethod,
  trainingSettings,
} from './settings.ts'

export interface TrainOptions extends ChosenTraining {
  /** CLIP weights: safetensors, OpenAI's archive or a torch state dict. */
  readonly clip: string
  /** Prompts to begin with, in the published layout. Default: random ones. */
  readonly init?: string
  readonly images: readonly TrainingImage[]
  /** Default: 15. More than at the beginning may be asked of a training that goes on. */
  readonly epochs?: number
  /** Folder of the results. */
  readonly output: string
  /** Folder that features of images are kept in; several trainings may share it. Default: `features` in the output. */
  readonly cache?: string
  /** Go on where a training in the output folder stands, if there is one. Default: refuse such a folder. */
  readonly resume?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
}

export interface TrainingOutcome {
  /** File of the learnt prompts. */
  readonly prompts: string
  /** The one they are of. */
  readonly epoch: number
  readonly epochs: readonly EpochLosses[]
  /** Images that could not be read, and were not trained on. */
  readonly failed: readonly FailedImage[]
}

const LEARNINGS: Readonly<Record<TrainingMethod, typeof anomalyClipLearning>> = {
  anomalyclip: anomalyClipLearning,
  coop: coopLearning,
}

/**
 * Learns prompts on frozen towers. Image and patch features are computed once; seed, settings and images decide the result to the byte on one
 * machine, also where it was stopped in between. After each epoch there are a checkpoint and the state that it goes on from.
 * @throws TRAINING_…, MODEL_OPTIONS, WEIGHTS_…, ENGINE_DEVICE; the signal's reason, the last whole epoch being kept
 */
export const train = async (options: TrainOptions): Promise<TrainingOutcome> => {
  const opened: WeightsFile[] = []
  const open = async (file: string): Promise<WeightsFile> => {
    const weights = await openWeights(file)
    opened.push(weights)
    return weights
  }
  try {
    const clip = await open(options.clip)
    const init = options.init === undefined ? null : await open(options.init)
    return await trainOn({ clip, init }, options)
  } finally {
    await Promise.all(opened.map((weights) => weights.close()))
  }
}

interface Opened {
  readonly clip: WeightsFile
  readonly init: WeightsFile | null
}

const trainOn = async ({ clip, init }: Opened, options: TrainOptions): Promise<TrainingOutcome> => {
  const { images, epochs = EPOCHS, signal = new AbortController().signal, onProgress = () => {} } = options
  if (!Number.isInteger(epochs) || epochs < 1)
    throw optionError(`the number of epochs is ${epochs}; expected 1 or more.`)
  const output = resolve(options.output)
  const dimensions = clipDimensions(clip)
  const learning = await LEARNINGS[options.method]({ clip, dimensions, init }, sizesOf(options))
  const settings = trainingSettings(options, {
    dimensions,
    isOpenAiArchive: clip.format === 'torchscript',
    sizes: learning.sizes,
    clip: await sha256Of(clip.file),
    init: init && (await sha256Of(init.file)),
  })
  const before = await startIn(output, options.resume ?? false)
  if (before !== null) checkSettings(before, settings)
  if (before !== null && before.epochs.length > epochs)
    throw optionError(`${output} holds ${before.epochs.length} epochs, and ${epochs} are asked for.`)
  await removeLeftGraphs(output)
  if (settings.device !== 'cpu') await checkDevice({ folder: output, device: settings.device, signal })
  const cacheFolder = resolve(options.cache ?? join(output, FEATURES_FOLDER))
  const isDrawn = options.method === 'anomalyclip' && images.some((image) => image.isDrawn)
  const source = featureSource({
    clip,
    dimensions,
    settings,
    withMaps: isDrawn,
    cache: await openFeatureCache(cacheFolder),
    folder: output,
    signal,
  })
  try {
    const common = { source, epochs, signal, onProgress }
    const { parts, failed } = await prepareParts(images, settings, { ...common, cacheFolder, before })
    // Good images alone would teach the maps to be normal everywhere.
    const withMaps = isDrawn && parts.training.some(({ image }) => image.isDrawn)
    onProgress({
      kind: 'start',
      start: {
        epochs: before?.epochs.length ?? 0,
        training: parts.training.length,
        validation: parts.validation.length,
        withMaps,
      },
    })
    const state = await learn({ ...common, learning, settings, parts, withMaps, output }, before)
    // Once more: a run that was killed may have left those of an epoch before.
    await writeLosses(output, state.epochs)
    const epoch = settings.patience === null ? state.epochs.length : bestEpoch(state.epochs)
    return { prompts: await writeResult(output, epoch), epoch, epochs: state.epochs, failed }
  } finally {
    await source.release()
  }
}

/** Without those that were not chosen. */
const sizesOf = ({ context, depth, deepTokens }: ChosenTraining) => ({
  ...(context === undefined ? {} : { context }),
  ...(depth === undefined ? {} : { depth }),
  ...(deepTokens === undefined ? {} : { deepTokens }),
})
