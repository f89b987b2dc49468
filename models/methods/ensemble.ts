import { encodeTexts } from '../clip/encode-text.ts'
import type { MethodFiles } from './method.ts'

/** A state is put into a template, and a class name into the state; `{}` marks the place. */
export interface PromptEnsemble {
  readonly states: { readonly normal: readonly string[]; readonly abnormal: readonly string[] }
  readonly templates: readonly string[]
  /** Whether prompt features are normalised before they are averaged; the average is, either way. */
  readonly averaged: 'normalized' | 'raw'
}

/** Of WinCLIP, and of those who took them over. */
export const FLAWLESS_STATES: readonly string[] = [
  '{}',
  'flawless {}',
  'perfect {}',
  'unblemished {}',
  '{} without flaw',
  '{} without defect',
  '{} without damage',
]

const normalized = (row: Float32Array): Float32Array => {
  const length = Math.hypot(...row)
  return row.map((value) => value / length)
}

/** Every state in every template, state-major. A class name is put in as it is, whatever signs it has. */
const promptsOf = (states: readonly string[], templates: readonly string[], className: string): string[] =>
  states.flatMap((state) => templates.map((template) => filled(template, filled(state, className))))

const filled = (pattern: string, value: string): string => pattern.split('{}').join(value)

/** Of prompts, normalised; `normalized` ones each count as much as any other, `raw` ones by their length. */
const meanFeature = (features: readonly Float32Array[], kind: PromptEnsemble['averaged']): Float32Array => {
  const rows = kind === 'normalized' ? features.map(normalized) : features
  return normalized(rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length))
}

/**
 * Text features of a class name under an ensemble, L2-normalised [2, embed], rows normal and abnormal.
 * @param className as it is to stand in the prompts, for example `metal nut`
 */
export const ensembleFeatures = async (
  { clip, dimensions, activation }: Pick<MethodFiles, 'clip' | 'dimensions' | 'activation'>,
  { states, templates, averaged }: PromptEnsemble,
  className: string,
): Promise<Float32Array> => {
  const pair = new Float32Array(2 * dimensions.embed)
  for (const [row, state] of [states.normal, states.abnormal].entries()) {
    const prompts = promptsOf(state, templates, className)
    const features = await encodeTexts(clip, dimensions, prompts, activation)
    pair.set(meanFeature(features, averaged), row * dimensions.embed)
  }
  return pair
}
