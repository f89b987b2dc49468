import { codedError } from '../../errors/index.ts'
import { bicubicMatrix } from '../clip/positions.ts'
import type { VisionTower } from '../clip/vision.ts'
import type { Value } from '../graph/index.ts'
import { add, matMul, outOfBatch, reciprocal, reshape, scale } from '../graph/ops/index.ts'
import { ensembleFeatures, FLAWLESS_STATES, type PromptEnsemble } from './ensemble.ts'
import { abnormalProbability, anomalyMap } from './heads.ts'
import type { Head, Method, MethodSettings } from './method.ts'

/**
 * 7 normal and 4 abnormal states × 21 templates, as in Accurate-WinCLIP-pytorch: one of them is there twice, where the paper's list
 * has "a cropped photo of a {}.".
 */
const PROMPTS: PromptEnsemble = {
  states: {
    normal: FLAWLESS_STATES,
    abnormal: ['damaged {}', '{} with flaw', '{} with defect', '{} with damage'],
  },
  templates: [
    'a cropped photo of the {}.',
    'a close-up photo of a {}.',
    'a close-up photo of the {}.',
    'a bright photo of a {}.',
    'a bright photo of the {}.',
    'a dark photo of the {}.',
    'a dark photo of a {}.',
    'a jpeg corrupted photo of the {}.',
    'a jpeg corrupted photo of the {}.',
    'a blurry photo of the {}.',
    'a blurry photo of a {}.',
    'a photo of a {}.',
    'a photo of the {}.',
    'a photo of a small {}.',
    'a photo of the small {}.',
    'a photo of a large {}.',
    'a photo of the large {}.',
    'a photo of the {} for visual inspection.',
    'a photo of a {} for visual inspection.',
    'a photo of the {} for anomaly detection.',
    'a photo of a {} for anomaly detection.',
  ],
  averaged: 'raw',
}

/** Sides of the windows, in patches. */
const SCALES = [2, 3] as const

/** Patch numbers of all windows of k × k patches, stride 1, each row by row. @returns [(grid − k + 1)², k²] */
const windowsOf = (grid: number, k: number): number[][] => {
  const starts = Array.from({ length: grid - k + 1 }, (_, i) => i)
  const steps = Array.from({ length: k }, (_, i) => i)
  return starts.flatMap((row) =>
    starts.map((column) =>
      steps.flatMap((down) => steps.map((across) => (row + down) * grid + column + across)),
    ),
  )
}

/**
 * Harmonic mean, for every patch, over the windows that cover it.
 * @param scores [N, W]
 * @returns [N, grid²]
 */
const harmonicOverWindows = (
  scores: Value,
  windows: readonly (readonly number[])[],
  patches: number,
): Value => {
  const covering = new Float32Array(windows.length * patches)
  const counts = new Float32Array(patches)
  for (const [window, members] of windows.entries())
    for (const patch of members) {
      covering[window * patches + patch] = 1
      counts[patch]! += 1
    }
  // count / Σ 1/score, so that the counts go into the matrix: 1 / Σ (1/score)/count.
  for (let i = 0; i < covering.length; i++) covering[i]! /= counts[i % patches]!
  const matrix = scores.graph.constant('float32', [windows.length, patches], covering)
  return reciprocal(matMul(reciprocal(scores), matrix))
}

const head = (tower: VisionTower, text: Value, { imageSize, sigma }: MethodSettings): Head => {
  const { grid } = tower
  if (grid < Math.max(...SCALES))
    throw codedError(
      'MODEL_OPTIONS',
      `WinCLIP looks through windows of ${SCALES.join(' and ')} patches a side; this image size has a grid of ${grid} × ${grid} patches. ` +
        'Take a larger image size.',
    )
  const scored = (classRows: Value): Value =>
    abnormalProbability(tower.project(tower.postNorm(classRows)), text)
  const score = scored(tower.classRow)
  const scales = SCALES.map((k) => {
    const windows = windowsOf(grid, k)
    const classRows = text.graph.scope(`windows${k}`, () => tower.windows(windows))
    return harmonicOverWindows(outOfBatch(scored(classRows), windows.length), windows, grid * grid)
  })
  // The image as a whole is the largest scale, and every patch lies in it.
  const inverse = [...scales, reshape(score, ['N', 1])].map(reciprocal).reduce(add)
  const planes = reshape(reciprocal(scale(inverse, 1 / (SCALES.length + 1))), ['N', 1, grid, grid])
  return { score, grid: planes, map: anomalyMap(planes, imageSize, sigma) }
}

/**
 * WinCLIP, zero-shot: class tokens of windows over the image, in place of patch tokens. Source: Jeong et al., CVPR 2023, and
 * Accurate-WinCLIP-pytorch, as its authors have published no code.
 */
export const winclip: Method = {
  name: 'winclip',
  needs: null,
  takesClassNames: true,
  defaults: () => ({ imageSize: 240, features: [], dpamLayers: 0, sigma: 0 }),
  resize: bicubicMatrix,
  textFeatures: (files, className) => ensembleFeatures(files, PROMPTS, className),
  head,
}
