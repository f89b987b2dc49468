import { codedError } from '../../errors/index.ts'
import { weightsFor } from '../clip/block.ts'
import { bicubicMatrix, bilinearCornersMatrix } from '../clip/positions.ts'
import type { VisionTower } from '../clip/vision.ts'
import type { Value } from '../graph/index.ts'
import {
  at,
  l2Normalize,
  matMul,
  mean,
  reshape,
  scale,
  sigmoid,
  softmax,
  stack,
  sub,
  transpose,
} from '../graph/ops/index.ts'
import { ensembleFeatures, FLAWLESS_STATES, type PromptEnsemble } from './ensemble.ts'
import { alongBothAxes, gridOf, patchesOf, smoothed } from './heads.ts'
import type { Head, Method, MethodFiles, MethodSettings } from './method.ts'

/** 7 normal and 5 abnormal states × 35 templates, as in `prompt_ensemble.py` of APRIL-GAN's published code, and of AnomalyCLIP's. */
const APRIL_GAN_PROMPTS: PromptEnsemble = {
  states: {
    normal: FLAWLESS_STATES,
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
  averaged: 'normalized',
}

/** What cosines are multiplied by before the softmax. */
const LOGIT_FACTOR = 100

/** 100·cos of features [.., embed] with the text features [2, embed] → [.., 2] */
const logitsOf = (features: Value, text: Value): Value =>
  scale(matMul(l2Normalize(features), transpose(text, [1, 0])), LOGIT_FACTOR)

/** p(abnormal) of two logits is the sigmoid of their difference, which upsampling, being linear, may be done to as well. [.., 2] → [..] */
const abnormalOver = (logits: Value): Value => {
  const last = logits.shape.length - 1
  return sub(at(logits, last, 1), at(logits, last, 0))
}

/** Learnt layers, one a tap: keys `trainable_linearlayer.fc.I.weight` and `.bias` of the published checkpoints. */
const layerName = (index: number): string => `trainable_linearlayer.fc.${index}`

const LAYER = /^trainable_linearlayer\.fc\.\d+\.weight$/

const checkLayers = ({ clip, linear, dimensions }: MethodFiles, taps: number): void => {
  const layers = linear!.names().filter((name) => LAYER.test(name)).length
  if (layers !== taps)
    throw codedError(
      'MODEL_OPTIONS',
      `${linear!.file} has ${layers} linear layers (${layerName(0)}.weight …), and ${taps} taps are chosen; each tap needs the one ` +
        'that was learnt for it. Name as many feature layers, in the same order.',
    )
  const expected = [dimensions.embed, dimensions.vision.width].join(', ')
  const found = linear!.info(`${layerName(0)}.weight`).shape.join(', ')
  if (found !== expected)
    throw codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `the linear layers of ${linear!.file} are [${found}]; ${clip.file} calls for [${expected}]. They were learnt for another CLIP: take the weights that they belong to.`,
    )
}

const head = (tower: VisionTower, text: Value, settings: MethodSettings, files: MethodFiles): Head => {
  const { features, imageSize, sigma } = settings
  const { vision, embed } = files.dimensions
  checkLayers(files, features.length)
  const { graph } = text
  const { linear } = weightsFor(graph, files.linear!)
  const taps = features.map((layer, index) => {
    const names = { weight: `${layerName(index)}.weight`, bias: `${layerName(index)}.bias` }
    // The raw output of the block: these layers were learnt without ln_post.
    const patches = patchesOf(tower.original(layer), tower)
    return logitsOf(linear(patches, names, { inputs: vision.width, outputs: embed }), text)
  })
  const upsampling = graph.constant(
    'float32',
    [imageSize, tower.grid],
    Float32Array.from(bilinearCornersMatrix(tower.grid, imageSize)),
  )
  const maps = taps.map((logits) =>
    sigmoid(alongBothAxes(reshape(abnormalOver(logits), ['N', tower.grid, tower.grid]), upsampling)),
  )
  return {
    score: at(softmax(logitsOf(tower.project(tower.postNorm(tower.classRow)), text)), 1, 1),
    map: smoothed(maps.length === 1 ? maps[0]! : mean(stack(maps, 1), 1), sigma),
    grid: gridOf(
      taps.map((logits) => sigmoid(abnormalOver(logits))),
      tower.grid,
    ),
  }
}

/**
 * APRIL-GAN, the zero-shot winner of the VAND challenge 2023: patches of four layers, each through a linear layer that was learnt on
 * another data set. Source: Chen et al. 2023 (arXiv 2305.17382) and its published code.
 */
export const aprilGan: Method = {
  name: 'april-gan',
  needs: 'linear',
  takesClassNames: true,
  // 6, 12, 18, 24 in the published model.
  defaults: ({ vision }) => ({
    imageSize: 518,
    features: [
      ...new Set([1, 2, 3, 4].map((quarter) => Math.max(1, Math.round((quarter * vision.layers) / 4)))),
    ],
    dpamLayers: 0,
    sigma: 0,
  }),
  resize: bicubicMatrix,
  textFeatures: (files, className) => ensembleFeatures(files, APRIL_GAN_PROMPTS, className),
  head,
}
