import type { ClipDimensions } from '../clip/dimensions.ts'
import { encodeTexts } from '../clip/encode-text.ts'
import type { WeightsFile } from '../weights/index.ts'

/** A state is put into a template, and a class name into the state; `{}` marks the place. */
export interface PromptEnsemble {
  readonly states: { readonly normal: readonly string[]; readonly abnormal: readonly string[] }
  readonly templates: readonly string[]
}

/**
 * Hand-written prompts of AnomalyCLIP's and APRIL-GAN's published code (`prompt_ensemble.py`): 7 normal and 5 abnormal
 * states × 35 templates.
 */
export const HAND_WRITTEN: PromptEnsemble = {
  states: {
    normal: [
      '{}',
      'flawless {}',
      'perfect {}',
      'unblemished {}',
      '{} without flaw',
      '{} without defect',
      '{} without damage',
    ],
    abnormal: ['damaged {}', 'broken {}', '{} with flaw', '{} with defect', '{} with damage'],
  },
  templates: [
    'a bad photo of a {}.',
    'a low resolution photo of the {}.',
    'a bad photo of the {}.',
    'a cropped photo of the {}.',
    'a bright photo of a {}.',
    'a dark photo of the {}.',
    'a photo of my {}.',
    'a photo of the cool {}.',
    'a close-up photo of a {}.',
    'a black and white photo of the {}.',
    'a bright photo of the {}.',
    'a cropped photo of a {}.',
    'a jpeg corrupted photo of a {}.',
    'a blurry photo of the {}.',
    'a photo of the {}.',
    'a good photo of the {}.',
    'a photo of one {}.',
    'a close-up photo of the {}.',
    'a photo of a {}.',
    'a low resolution photo of a {}.',
    'a photo of a large {}.',
    'a blurry photo of a {}.',
    'a jpeg corrupted photo of the {}.',
    'a good photo of a {}.',
    'a photo of the small {}.',
    'a photo of the large {}.',
    'a black and white photo of a {}.',
    'a dark photo of a {}.',
    'a photo of a cool {}.',
    'a photo of a small {}.',
    'there is a {} in the scene.',
    'there is the {} in the scene.',
    'this is a {} in the scene.',
    'this is the {} in the scene.',
    'this is one {} in the scene.',
  ],
}

const normalized = (row: Float32Array): Float32Array => {
  const length = Math.hypot(...row)
  return row.map((value) => value / length)
}

/** Every state in every template, state-major. */
const promptsOf = (states: readonly string[], templates: readonly string[], className: string): string[] =>
  states.flatMap((state) =>
    templates.map((template) => template.replace('{}', state.replace('{}', className))),
  )

/** Prompts normalised, averaged and normalised again, as the published code does. */
const meanFeature = (features: readonly Float32Array[]): Float32Array => {
  const unit = features.map(normalized)
  return normalized(unit[0]!.map((_, i) => unit.reduce((sum, row) => sum + row[i]!, 0) / unit.length))
}

/**
 * Text features of a class name under an ensemble, L2-normalised [2, embed], rows normal and abnormal.
 * @param className as it is to stand in the prompts, for example `metal nut`
 */
export const ensembleFeatures = async (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  { states, templates }: PromptEnsemble,
  className: string,
): Promise<Float32Array> => {
  const pair = new Float32Array(2 * dimensions.embed)
  for (const [row, state] of [states.normal, states.abnormal].entries()) {
    const features = await encodeTexts(clip, dimensions, promptsOf(state, templates, className))
    pair.set(meanFeature(features), row * dimensions.embed)
  }
  return pair
}
