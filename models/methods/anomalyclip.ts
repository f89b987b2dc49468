import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import { tokenRows } from '../clip/encode-text.ts'
import { roundToHalf } from '../clip/half.ts'
import { textTower } from '../clip/text.ts'
import { tokenize } from '../clip/tokenizer.ts'
import { visionTower } from '../clip/vision.ts'
import { createGraph, type Graph, runGraph, type Value } from '../graph/index.ts'
import { type Formulation, l2Normalize, reshape, slice, stack } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import { abnormalProbability, anomalyMap, gridOf } from './heads.ts'

/** Learnt prompts: two contexts [E, width] and, for text layers 2, 3, …, the tokens [M, width] put in there. */
export interface LearntPrompts {
  readonly normal: Float32Array
  readonly abnormal: Float32Array
  readonly contextLength: number
  readonly deep: readonly { readonly tokens: number; readonly data: Float32Array }[]
}

const wrongPrompts = (file: WeightsFile, name: string, expected: string) =>
  codedError(
    'WEIGHTS_TENSOR_SHAPE',
    `tensor "${name}" of ${file.file} is [${file.info(name).shape.join(', ')}]; expected ${expected}. ` +
      'These prompts were learnt for another CLIP: take the weights that they belong to.',
  )

const DEEP_PROMPT = /^prompt_learner\.compound_prompts_text\.\d+$/

/**
 * Reads learnt prompts in the published layout.
 * @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_TENSOR_SHAPE where they do not belong to this CLIP
 */
export const readPrompts = async (file: WeightsFile, { text }: ClipDimensions): Promise<LearntPrompts> => {
  const context = async (name: string): Promise<{ data: Float32Array; length: number }> => {
    const { shape } = file.info(name)
    const [, , length, width] = shape
    if (shape.length !== 4 || !length || shape[0] !== 1 || shape[1] !== 1 || width !== text.width)
      throw wrongPrompts(file, name, `[1, 1, E, ${text.width}]`)
    return { data: await file.read(name), length }
  }
  const normal = await context('prompt_learner.ctx_pos')
  const abnormal = await context('prompt_learner.ctx_neg')
  if (abnormal.length !== normal.length)
    throw wrongPrompts(file, 'prompt_learner.ctx_neg', `${normal.length} tokens, as ctx_pos has`)
  const deep: { tokens: number; data: Float32Array }[] = []
  // Counted, not read up to the first gap: a file that has lost some would make a model that is quietly another.
  const count = file.names().filter((name) => DEEP_PROMPT.test(name)).length
  for (let i = 0; i < count; i++) {
    const name = `prompt_learner.compound_prompts_text.${i}`
    const { shape } = file.info(name)
    const [tokens, width] = shape
    if (shape.length !== 2 || width !== text.width) throw wrongPrompts(file, name, `[M, ${text.width}]`)
    if (i + 1 >= text.layers)
      throw wrongPrompts(
        file,
        name,
        `at most ${text.layers - 1} of them, as the text tower has ${text.layers} layers`,
      )
    deep.push({ tokens: tokens!, data: await file.read(name) })
  }
  return { normal: normal.data, abnormal: abnormal.data, contextLength: normal.length, deep }
}

/** What stands behind the learnt context. Source: AnomalyCLIP, object-agnostic prompt templates. */
const ENDINGS = ['object.', 'damaged object.'] as const

/**
 * Text features of the two learnt prompts: `SOT, [V]×E, "object", ".", EOT` and `SOT, [W]×E, "damaged", "object", ".", EOT`.
 * @returns a value [2, embed], rows normal and abnormal, before normalisation
 */
const promptFeatures = async (
  graph: Graph,
  clip: WeightsFile,
  dimensions: ClipDimensions,
  { normal, abnormal, contextLength, deep }: LearntPrompts,
): Promise<Value> => {
  const { width, context } = dimensions.text
  const endings = ENDINGS.map((ending) => tokenize(ending))
  const ends = endings.map((tokens) => contextLength + tokens.length - 1)
  const length = Math.max(...ends) + 1
  const longest = Math.max(...deep.map(({ tokens }) => tokens), contextLength)
  if (length > context || 1 + longest >= length)
    throw codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `the prompts hold ${contextLength} context tokens and up to ${longest} deep ones; the text tower reads ${context} tokens. ` +
        'Take the CLIP weights that the prompts were learnt on.',
    )
  const tokenRow = await tokenRows(clip, dimensions)
  const embedded = new Float32Array(2 * length * width)
  const put = (state: number, position: number, rows: Float32Array): void =>
    embedded.set(rows, (state * length + position) * width)
  for (const [state, learnt] of [normal, abnormal].entries()) {
    for (let position = 0; position < length; position++) put(state, position, tokenRow(0))
    const [start, ...rest] = endings[state]!
    put(state, 0, tokenRow(start!))
    put(state, 1, learnt)
    for (const [i, token] of rest.entries()) put(state, 1 + contextLength + i, tokenRow(token))
  }
  return textTower(graph.constant('float32', [2, length, width], embedded), clip, dimensions, {
    ends,
    // The reference rounds deep prompts to fp16 on their way in.
    deep: deep.map(({ tokens, data }) =>
      graph.constant('float32', [1, tokens, width], data.map(roundToHalf)),
    ),
  })
}

/** The two text features, L2-normalised [2, embed], computed once, when a model is built. */
export const textFeatures = async (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  prompts: LearntPrompts,
): Promise<Float32Array> => {
  const graph = createGraph()
  const features = l2Normalize(await promptFeatures(graph, clip, dimensions, prompts))
  const { [features.name]: result } = await runGraph(graph, {}, [features.name])
  return Float32Array.from(result!.data as Float32Array)
}

export interface AnomalyClipSettings {
  readonly imageSize: number
  readonly features: readonly number[]
  readonly dpamLayers: number
  readonly memoryLayers: readonly number[]
  readonly sigma: number
  readonly formulation: Formulation
}

/** The whole model, from pixels to score and map, as one graph with the outputs of docs/model-file.md. */
export const anomalyClipGraph = (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  text: Float32Array,
  { imageSize, features, dpamLayers, memoryLayers, sigma, formulation }: AnomalyClipSettings,
): Graph => {
  const graph = createGraph()
  const { layers, width } = dimensions.vision
  const image = graph.input('image', 'uint8', ['N', imageSize, imageSize, 3])
  const tower = visionTower(image, clip, dimensions, {
    imageSize,
    dpamLayers,
    formulation,
    wholeLastLayer: memoryLayers.includes(layers) || (dpamLayers === 0 && features.includes(layers)),
  })
  const { grid } = tower
  const patchesOf = (stream: Value): Value => slice(stream, 1, 1, 1 + grid * grid)
  graph.scope('head', () => {
    const pair = graph.constant('float32', [2, dimensions.embed], text)
    // Without ln_post, as in the reference: image features come straight from the last layer.
    const score = abnormalProbability(tower.project(tower.classRow), pair)
    const taps = features.map((layer) =>
      abnormalProbability(tower.project(tower.postNorm(patchesOf(tower.local(layer)))), pair),
    )
    const planes = gridOf(taps, grid)
    graph.output('score', score)
    graph.output('map', anomalyMap(planes, imageSize, sigma))
    graph.output('grid', planes)
    const memory = memoryLayers.map((layer) => l2Normalize(patchesOf(tower.original(layer))))
    if (memory.length > 0)
      graph.output('patches', reshape(stack(memory, 1), ['N', memory.length, grid, grid, width]))
  })
  return graph
}
