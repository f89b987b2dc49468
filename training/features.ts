import type { ClipDimensions } from '../models/clip/dimensions.ts'
import { bilinearMatrix } from '../models/clip/positions.ts'
import { visionTower } from '../models/clip/vision.ts'
import { createGraph, type Graph } from '../models/graph/index.ts'
import { l2Normalize, stack } from '../models/graph/ops/index.ts'
import { patchesOf } from '../models/methods/heads.ts'
import type { MethodSettings } from '../models/methods/index.ts'
import type { WeightsFile } from '../models/weights/index.ts'

export interface FeatureGraphOptions
  extends Pick<MethodSettings, 'imageSize' | 'features' | 'dpamLayers' | 'activation' | 'formulation'> {
  /** What comes in: pixels uint8 [N, S, S, 3], or float32 of the same shape, normalised. */
  readonly input: 'uint8' | 'float32'
}

/** Names of the outputs of `featureGraph`: L2-normalised [N, embed] and, where there are taps, [N, T, grid², embed]. */
export const FEATURES = { images: 'images', patches: 'patches' } as const

/** The frozen vision tower, from `image` to all that training needs of it. */
export const featureGraph = (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  { input, imageSize, features, dpamLayers, activation, formulation }: FeatureGraphOptions,
): Graph => {
  const graph = createGraph()
  const { layers } = dimensions.vision
  const image = graph.input('image', input, ['N', imageSize, imageSize, 3])
  const tower = visionTower(image, clip, dimensions, {
    imageSize,
    dpamLayers,
    activation,
    formulation,
    resize: bilinearMatrix,
    wholeLastLayer: dpamLayers === 0 && features.includes(layers),
  })
  const taps = features.map((layer) =>
    l2Normalize(tower.project(tower.postNorm(patchesOf(tower.local(layer), tower)))),
  )
  graph.output(FEATURES.images, l2Normalize(tower.project(tower.classRow)))
  if (taps.length > 0) graph.output(FEATURES.patches, stack(taps, 1))
  return graph
}
