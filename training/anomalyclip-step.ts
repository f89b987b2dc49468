import type { ClipDimensions } from '../models/clip/dimensions.ts'
import { bilinearMatrix } from '../models/clip/positions.ts'
import { createGraph, gradients, type Value } from '../models/graph/index.ts'
import { type Activation, add, at, l2Normalize, reshape, scale } from '../models/graph/ops/index.ts'
import { alongBothAxes, stateProbabilities } from '../models/methods/heads.ts'
import { promptFeatures } from '../models/methods/prompt-features.ts'
import type { WeightsFile } from '../models/weights/index.ts'
import { crossEntropy, dice, focal, inverse, weighted } from './loss.ts'
import { BATCH, type StepGraph } from './step.ts'

/** Sizes of what is learnt. */
export interface PromptSizes {
  /** E, tokens of either context. */
  readonly context: number
  /** M, tokens put into a text layer. */
  readonly deepTokens: number
  /** Text layers with learnt tokens, the first one, which has the context, counted in. */
  readonly depth: number
}

export interface StepOptions extends PromptSizes {
  readonly imageSize: number
  /** Patches a side. */
  readonly grid: number
  /** T, taps whose maps are in the loss; 0 = the loss of the images alone, where nobody has drawn a defect. */
  readonly taps: number
  readonly activation: Activation
}

/** Weight of the maps' losses. Source: AnomalyCLIP, training (`lam`). */
const MAP_WEIGHT = 4

/** Names of what is learnt, in the graph and in checkpoints: those of the published files, without `prompt_learner.` */
export const parameterShapes = (
  { context, deepTokens, depth }: PromptSizes,
  { text: { width } }: ClipDimensions,
): ReadonlyMap<string, readonly number[]> =>
  new Map<string, readonly number[]>([
    ['ctx_pos', [1, 1, context, width]],
    ['ctx_neg', [1, 1, context, width]],
    ...Array.from(
      { length: depth - 1 },
      (_, i) => [`compound_prompts_text.${i}`, [deepTokens, width]] as const,
    ),
  ])

/**
 * CE(image/0.07) + 4·Σ_taps[focal + dice(p₁, mask) + dice(p₀, 1 − mask)], and its gradients by the prompts. The towers are frozen: what the vision
 * tower says of an image comes in. Source: AnomalyCLIP, training.
 */
export const anomalyClipStep = async (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  options: StepOptions,
): Promise<StepGraph> => {
  const { embed } = dimensions
  const graph = createGraph()
  const parameters = new Map(
    [...parameterShapes(options, dimensions)].map(([name, shape]) => [
      name,
      graph.input(name, 'float32', shape),
    ]),
  )
  const images = graph.input(BATCH.images, 'float32', ['N', embed])
  const labels = graph.input(BATCH.labels, 'float32', ['N', 2])
  const shares = graph.input(BATCH.shares, 'float32', ['N'])

  const context = (name: string): Value => {
    const { shape } = parameters.get(name)!
    return reshape(parameters.get(name)!, shape.slice(2))
  }
  const deep = [...parameters].filter(([name]) => name.startsWith('compound')).map(([, value]) => value)
  const text = l2Normalize(
    await promptFeatures(
      { normal: context('ctx_pos'), abnormal: context('ctx_neg'), deep },
      clip,
      dimensions,
      options.activation,
    ),
  )

  const image = weighted(crossEntropy(stateProbabilities(images, text), labels), shares)
  const maps = options.taps === 0 ? null : mapLoss(text, options)
  const slopes = gradients(maps === null ? image : add(maps, image), [...parameters.values()])
  return {
    graph,
    losses: { images: image.name, ...(maps === null ? {} : { maps: maps.name }) },
    gradients: new Map([...parameters.keys()].map((name, i) => [name, slopes[i]!.name])),
  }
}

/** 4·Σ_taps[focal + dice(p₁, mask) + dice(p₀, 1 − mask)] of the batch [1]. @param text [2, embed] */
const mapLoss = (text: Value, { imageSize, grid, taps }: StepOptions): Value => {
  const { graph } = text
  const patches = graph.input(BATCH.patches, 'float32', ['N', taps, grid * grid, Number(text.shape[1])])
  const masks = graph.input(BATCH.masks, 'float32', ['N', imageSize, imageSize])
  const shares = graph.input(BATCH.mapShares, 'float32', ['N'])
  const upsampling = graph.constant(
    'float32',
    [imageSize, grid],
    Float32Array.from(bilinearMatrix(grid, imageSize)),
  )
  const states = stateProbabilities(patches, text)
  const mapOf = (tap: number, state: number): Value =>
    alongBothAxes(reshape(at(at(states, 3, state), 1, tap), ['N', grid, grid]), upsampling)
  const losses = Array.from({ length: taps }, (_, tap) => {
    const [normal, abnormal] = [mapOf(tap, 0), mapOf(tap, 1)]
    return add(focal(normal, abnormal, masks), add(dice(abnormal, masks), dice(normal, inverse(masks))))
  })
  return weighted(scale(losses.reduce(add), MAP_WEIGHT), shares)
}
