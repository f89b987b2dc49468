import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import { tokenRows } from '../clip/encode-text.ts'
import { bilinearMatrix } from '../clip/positions.ts'
import { textTower } from '../clip/text.ts'
import { tokenize } from '../clip/tokenizer.ts'
import { createGraph, type Graph, runGraph, type Value } from '../graph/index.ts'
import { type Activation, l2Normalize } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import { patchHead } from './heads.ts'
import type { Method } from './method.ts'

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
  activation: Activation,
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
    activation,
    ends,
    deep: deep.map(({ tokens, data }) => graph.constant('float32', [1, tokens, width], data)),
  })
}

/**
 * AnomalyCLIP: prompts learnt without class names, and DPAM's second path through the last layers.
 * Source: Zhou et al., ICLR 2024.
 */
export const anomalyClip: Method = {
  name: 'anomalyclip',
  needs: 'prompts',
  takesClassNames: false,
  // As published for 24 layers; the reference's `DPAM_layer=20` counts one more.
  defaults: ({ vision }) => ({
    imageSize: 518,
    features: [vision.layers],
    dpamLayers: Math.min(19, vision.layers - 1),
    sigma: 4,
  }),
  resize: bilinearMatrix,
  textFeatures: async ({ clip, dimensions, prompts, activation }) => {
    const graph = createGraph()
    const learnt = await readPrompts(prompts!, dimensions)
    const features = l2Normalize(await promptFeatures(graph, clip, dimensions, learnt, activation))
    const { [features.name]: result } = await runGraph(graph, {}, [features.name])
    return Float32Array.from(result!.data as Float32Array)
  },
  head: patchHead,
}
