import { bilinearMatrix } from '../clip/positions.ts'
import { ensembleFeatures, type PromptEnsemble } from './ensemble.ts'
import { patchHead } from './heads.ts'
import type { Method } from './method.ts'

const PROMPTS: PromptEnsemble = {
  states: { normal: ['a photo of a normal {}.'], abnormal: ['a photo of an anomalous {}.'] },
  templates: ['{}'],
  averaged: 'normalized',
}

/** CLIP as it is: two prompts, the unmodified vision tower. Source: the comparison of AnomalyCLIP's paper, whose figures these prompts give. */
export const plainClip: Method = {
  name: 'clip',
  needs: null,
  takesClassNames: true,
  defaults: ({ vision }) => ({ imageSize: 518, features: [vision.layers], dpamLayers: 0, sigma: 4 }),
  resize: bilinearMatrix,
  textFeatures: (files, className) => ensembleFeatures(files, PROMPTS, className),
  head: patchHead,
}
