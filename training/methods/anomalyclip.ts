import { type LearntTokens, readPrompts } from '../../models/methods/learnt-prompts.ts'
import { ENDINGS } from '../../models/methods/prompt-features.ts'
import type { TorchTensor, TorchValue } from '../../models/weights/index.ts'
import { anomalyClipStep, type PromptSizes, parameterShapes } from '../anomalyclip-step.ts'
import { adam } from '../optimiser.ts'
import { normals, randomFor } from '../random.ts'
import { optionError } from '../settings.ts'
import { type Learning, type LearningFiles, START_DEVIATION } from './learning.ts'
import { type WrittenPrompt, writtenPrompts } from './written-prompt.ts'

/** As published. */
const SIZES: PromptSizes = { context: 12, deepTokens: 4, depth: 9 }

/** Rows of the published projections, which nothing reads. Source: AnomalyCLIP's published code, `AnomalyCLIP_PromptLearner`. */
const PROJECTED = 896

/**
 * AnomalyCLIP's prompts. Source: Zhou et al., ICLR 2024.
 * @throws TRAINING_OPTIONS where the text tower has no room for them, or those to begin with are of other sizes than chosen; WEIGHTS_…
 */
export const anomalyClipLearning = async (
  files: LearningFiles,
  chosen: Partial<PromptSizes>,
): Promise<Learning> => {
  const { clip, dimensions, init } = files
  const begun = init === null ? null : await begunWith(files, chosen)
  const sizes = begun?.sizes ?? { ...SIZES, ...chosen }
  await checkSizes(sizes, files)
  const shapes = parameterShapes(sizes, dimensions)
  const grid = (imageSize: number) => Math.floor(imageSize / dimensions.vision.patch)
  return {
    sizes,
    shapes,
    start: async (seed) => begun?.values ?? randomStart(shapes, seed),
    step: ({ imageSize, features, activation }, { withMaps }) =>
      anomalyClipStep(clip, dimensions, {
        ...sizes,
        imageSize,
        grid: grid(imageSize),
        taps: withMaps ? features.length : 0,
        activation,
      }),
    optimiser: adam,
    checkpoint: async (learnt) => {
      const tensor = (name: string): readonly [string, TorchTensor] => [
        name,
        float32(shapes.get(name)!, learnt.get(name)!),
      ]
      const [normal, abnormal] = await writtenPrompts(clip, dimensions, sizes.context, ENDINGS)
      const names = [...shapes.keys()]
      // In the order of the published files.
      const state = new Map<string, TorchValue>([
        ...names.slice(0, 2).map(tensor),
        ...around('pos', normal!),
        ...around('neg', abnormal!),
        ['tokenized_prompts_pos', tokens(normal!)],
        ['tokenized_prompts_neg', tokens(abnormal!)],
        ...names.slice(2).map(tensor),
        ...(await projections(sizes, files)),
      ])
      return { prompt_learner: state }
    },
  }
}

/** Values and sizes of the prompts to begin with. */
const begunWith = async ({ init, dimensions }: LearningFiles, chosen: Partial<PromptSizes>) => {
  const { normal, abnormal, deep } = await readPrompts(init!, dimensions)
  const [context] = normal.shape
  const deepTokens = deep[0]?.shape[0] ?? chosen.deepTokens ?? SIZES.deepTokens
  const other = deep.find(({ shape }) => shape[0] !== deepTokens)
  if (other !== undefined)
    throw optionError(
      `the prompts ${init!.file} have ${deepTokens} deep tokens in one layer and ${other.shape[0]} in another; expected as many in each.`,
    )
  const sizes: PromptSizes = { context, deepTokens, depth: deep.length + 1 }
  for (const [name, value] of Object.entries(chosen) as [keyof PromptSizes, number][])
    if (value !== sizes[name])
      throw optionError(
        `${NAMES[name]} ${value} is chosen, and the prompts ${init!.file} have ${sizes[name]}: leave it out, or begin with other prompts.`,
      )
  const all: readonly LearntTokens[] = [normal, abnormal, ...deep]
  const names = [...parameterShapes(sizes, dimensions).keys()]
  return { sizes, values: new Map(names.map((name, i) => [name, all[i]!.data])) }
}

const NAMES: Readonly<Record<keyof PromptSizes, string>> = {
  context: 'a context of',
  deepTokens: 'a number of deep tokens of',
  depth: 'a depth of',
}

const checkSizes = async (
  { context, deepTokens, depth }: PromptSizes,
  { clip, dimensions }: LearningFiles,
): Promise<void> => {
  const { layers, context: room } = dimensions.text
  for (const [name, value] of Object.entries({ context, deepTokens, depth }))
    if (!Number.isInteger(value) || value < 1)
      throw optionError(`${NAMES[name as keyof PromptSizes]} ${value} is chosen; expected 1 or more.`)
  if (depth > layers)
    throw optionError(
      `the text tower of ${clip.file} has ${layers} layers, and the depth is ${depth}: choose ${layers} or less.`,
    )
  // Start, context, "damaged", "object", ".", end; deep tokens stand between start and end.
  const length = context + 5
  if (length > room || deepTokens + 1 >= length)
    throw optionError(
      `a context of ${context} makes ${length} tokens, with ${deepTokens} deep ones among them; the text tower of ${clip.file} reads ${room}, ` +
        'and deep tokens have to end before the end token.',
    )
}

const randomStart = (
  shapes: ReadonlyMap<string, readonly number[]>,
  seed: number,
): ReadonlyMap<string, Float32Array> =>
  new Map(
    [...shapes].map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1)
      return [name, normals(count, START_DEVIATION, randomFor(seed, 'start', name))]
    }),
  )

const float32 = (shape: readonly number[], data: Float32Array): TorchTensor => ({
  type: 'float32',
  shape,
  data,
})

const around = (state: string, { prefix, suffix }: WrittenPrompt): [string, TorchTensor][] => [
  [`token_prefix_${state}`, float32([1, 1, 1, prefix.length], prefix)],
  [`token_suffix_${state}`, float32([1, 1, suffix.length / prefix.length, prefix.length], suffix)],
]

const tokens = ({ ids }: WrittenPrompt): TorchTensor => ({
  type: 'int32',
  shape: [1, 1, ids.length],
  data: Int32Array.from(ids),
})

/** Those of the prompts to begin with, where they have them, else zeros: the published code asks for them and never uses them. */
const projections = async (
  { depth }: PromptSizes,
  { init, dimensions }: LearningFiles,
): Promise<[string, TorchTensor][]> => {
  const { width } = dimensions.text
  const found: [string, TorchTensor][] = []
  for (let i = 0; i < depth - 1; i++)
    for (const [part, shape] of [
      ['weight', [PROJECTED, width]],
      ['bias', [PROJECTED]],
    ] as const) {
      const name = `compound_prompt_projections.${i}.${part}`
      const stored = `prompt_learner.${name}`
      const isThere = init?.has(stored) ?? false
      found.push([
        name,
        isThere
          ? float32(init!.info(stored).shape, await init!.read(stored))
          : float32(shape, new Float32Array(shape.reduce((product, size) => product * size, 1))),
      ])
    }
  return found
}
