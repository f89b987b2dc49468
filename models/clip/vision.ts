import type { Value } from '../graph/index.ts'
import {
  type Activation,
  add,
  at,
  attention,
  type Formulation,
  gather,
  intoBatch,
  layerNorm,
  matMul,
  mul,
  pad,
  reshape,
  slice,
  toFloat,
  transpose,
} from '../graph/ops/index.ts'
import type { Precision } from '../precision/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import { type Block, residualBlock, weightsFor } from './block.ts'
import type { ClipDimensions } from './dimensions.ts'
import { type ResizeMatrix, resizePositions } from './positions.ts'

/** CLIP's normalisation of RGB in 0..1. */
const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

export interface VisionTowerOptions {
  readonly imageSize: number
  /** How many of the last layers have DPAM's second path; 0 = plain CLIP. */
  readonly dpamLayers: number
  readonly activation: Activation
  readonly formulation: Formulation
  /** For position embeddings where the grid is not the one that the weights were trained with. */
  readonly resize: ResizeMatrix
  /** Of the linear layers in its blocks; default fp32. */
  readonly precision?: Precision
  /** Whether somebody reads the patch rows of the last layer's plain stream; else only its class row is computed. */
  readonly wholeLastLayer: boolean
}

/** What the tower leaves to a method's head; streams are block outputs [N, 1 + grid², width], class row first. */
export interface VisionTower {
  readonly grid: number
  /** CLIP's own stream after a layer, counted from 1. */
  original(layer: number): Value
  /** DPAM's stream after a layer; before DPAM begins it is the plain one. */
  local(layer: number): Value
  /** Class row of the last layer [N, width], before `ln_post`. */
  readonly classRow: Value
  /**
   * Class rows of the last layer [N·W, width] where the tower sees the class token and some patches alone, cut out behind the
   * position embedding, each window in a pass of its own.
   * @param patches [W, P], rows of the grid's patches, counted from 0
   */
  windows(patches: readonly (readonly number[])[]): Value
  /** `ln_post`, over the last axis. */
  postNorm(x: Value): Value
  /** Into the joint space: x · proj, [.., width] → [.., embed]. */
  project(x: Value): Value
}

/** uint8 [N, S, S, 3] → normalised float32 of the same shape. */
const normalizePixels = (image: Value): Value => {
  const perChannel = (values: number[]): Value =>
    image.graph.constant('float32', [3], Float32Array.from(values))
  const factor = perChannel(STD.map((std) => 1 / (255 * std)))
  const shift = perChannel(STD.map((std, channel) => -MEAN[channel]! / std))
  return add(mul(toFloat(image), factor), shift)
}

/**
 * Patches as rows [N, grid², patch²·3]: a convolution whose stride is its kernel is a matrix product on them. Pixels beyond
 * the last whole patch are not read, as in the convolution.
 */
const patchRows = (pixels: Value, grid: number, patch: number): Value => {
  const covered = grid * patch
  const rows = covered === pixels.shape[1] ? pixels : slice(slice(pixels, 1, 0, covered), 2, 0, covered)
  const tiles = reshape(rows, ['N', grid, patch, grid, patch, 3])
  return reshape(transpose(tiles, [0, 1, 3, 2, 4, 5]), ['N', grid * grid, patch * patch * 3])
}

/** The convolution's kernel [width, 3, patch, patch] as the matrix [patch·patch·3, width] that meets `patchRows`. */
const patchMatrix = (kernel: Float32Array, width: number, patch: number): Float32Array => {
  const matrix = new Float32Array(kernel.length)
  const area = patch * patch
  for (let out = 0; out < width; out++)
    for (let channel = 0; channel < 3; channel++)
      for (let pixel = 0; pixel < area; pixel++)
        matrix[(pixel * 3 + channel) * width + out] = kernel[(out * 3 + channel) * area + pixel]!
  return matrix
}

/** What a layer sees of the plain stream, and both of its paths share. */
interface Seen {
  readonly normed: Value
  readonly value: Value
}

const seenBy = (block: Block, x: Value): Seen => {
  const normed = block.norm1(x)
  return { normed, value: block.value(normed) }
}

/** One layer of the plain stream; with `rows` only that many first rows are computed, over keys and values of all. */
const plainStep = (
  block: Block,
  x: Value,
  { normed, value }: Seen,
  formulation: Formulation,
  rows?: number,
): Value => {
  const first = (whole: Value): Value => (rows === undefined ? whole : slice(whole, 1, 0, rows))
  const looked = attention(block.query(first(normed)), block.key(normed), value, { formulation })
  return block.feedForward(add(first(x), block.outProj(looked)))
}

/**
 * What one layer of DPAM's local path adds: value–value attention over the plain stream's values, no feed-forward.
 * Source: AnomalyCLIP, diagonally prominent attention map.
 */
const dpamStep = (block: Block, { value }: Seen, formulation: Formulation): Value =>
  block.outProj(attention(value, value, value, { formulation }))

/** CLIP's vision transformer with DPAM beside its last layers. @param image uint8 [N, S, S, 3], RGB, or float32 and normalised already */
export const visionTower = (
  image: Value,
  file: WeightsFile,
  { vision, embed }: ClipDimensions,
  { imageSize, dpamLayers, activation, formulation, resize, precision, wholeLastLayer }: VisionTowerOptions,
): VisionTower => {
  const { graph } = image
  const { width, layers, patch } = vision
  const weights = weightsFor(graph, file, precision)
  const grid = Math.floor(imageSize / patch)
  const norm = (name: string) => (x: Value) =>
    layerNorm(
      x,
      weights.tensor(`visual.${name}.weight`, [width]),
      weights.tensor(`visual.${name}.bias`, [width]),
    )

  const embedPatches = (): Value => {
    const kernel = graph.weight('visual.conv1.weight.T', [patch * patch * 3, width], async () =>
      patchMatrix(await file.read('visual.conv1.weight'), width, patch),
    )
    // Row 0 holds class embedding and position in one, so that the class row is an empty row in front.
    const rows = graph.weight('visual.positions', [1, 1 + grid * grid, width], async () => {
      const stored = await file.read('visual.positional_embedding')
      const positions = Float32Array.from(
        resizePositions(stored, width, { from: vision.grid, to: grid, resize }),
      )
      const classEmbedding = await file.read('visual.class_embedding')
      for (const [channel, value] of classEmbedding.entries()) positions[channel]! += value
      return positions
    })
    return add(
      pad(
        matMul(patchRows(image.type === 'uint8' ? normalizePixels(image) : image, grid, patch), kernel),
        1,
        { before: 1 },
      ),
      rows,
    )
  }

  const blockOf = (layer: number): Block =>
    residualBlock(weights, `visual.transformer.resblocks.${layer - 1}`, width, { activation, formulation })

  const embedded = graph.scope('visual/patches', embedPatches)
  const preNorm = norm('ln_pre')
  const original: Value[] = [graph.scope('visual/patches', () => preNorm(embedded))]
  const local: Value[] = [original[0]!]
  // Each sum of the local path is added behind the next layer's attention. onnxruntime goes back from the outputs and, of two inputs, first to the one that was
  // added later: so it ends the path layer by layer. The other way round it computes the whole plain stream first, and holds the values of all layers until then.
  let due: Value | undefined
  const addDue = (): void => {
    if (due !== undefined) local.push(add(local.at(-1)!, due))
    due = undefined
  }
  let classRow: Value | undefined
  for (let layer = 1; layer <= layers; layer++)
    graph.scope(`visual/layer${layer}`, () => {
      const x = original[layer - 1]!
      const block = blockOf(layer)
      const seen = seenBy(block, x)
      if (layer < layers || wholeLastLayer) original.push(plainStep(block, x, seen, formulation))
      else classRow = at(plainStep(block, x, seen, formulation, 1), 1, 0)
      if (layer > layers - dpamLayers) {
        const step = graph.scope('dpam', () => dpamStep(block, seen, formulation))
        addDue()
        due = step
      } else local.push(original[layer]!)
    })
  addDue()

  const windows = (patches: readonly (readonly number[])[]): Value => {
    const rows = patches.map((window) => [0, ...window.map((patch) => patch + 1)])
    let x = preNorm(intoBatch(gather(embedded, 1, rows)))
    for (let layer = 1; layer <= layers; layer++)
      x = graph.scope(`layer${layer}`, () => {
        const block = blockOf(layer)
        return plainStep(block, x, seenBy(block, x), formulation, layer === layers ? 1 : undefined)
      })
    return at(x, 1, 0)
  }

  const stream =
    (values: readonly Value[]) =>
    (layer: number): Value =>
      values[layer]!
  return {
    grid,
    original: stream(original),
    local: stream(local),
    classRow: classRow ?? at(original[layers]!, 1, 0),
    windows,
    postNorm: norm('ln_post'),
    project: (x) => matMul(x, weights.tensor('visual.proj', [width, embed])),
  }
}
