import { createHash } from 'node:crypto'
import { resizeBicubic } from '../../engine/image/index.ts'
import type { ClipDimensions } from '../../models/clip/dimensions.ts'
import { Tensor } from '../../models/onnxruntime.ts'
import { thisPackage } from '../../models/package.ts'
import type { WeightsFile } from '../../models/weights/index.ts'
import { FEATURES, featureGraph } from '../features.ts'
import { writing } from '../output.ts'
import { type GraphSession, openGraph } from '../session.ts'
import type { TrainingSettings } from '../settings.ts'
import type { FeatureCache, ImageFeatures } from './cache.ts'
import type { TrainingImage } from './images.ts'
import { type View, viewed } from './views.ts'

/** Features of images, from the cache, or else from the vision tower, which is loaded when it is needed first. */
export interface FeatureSource {
  /** By what the features depend on. @param fingerprint of the image */
  readonly keyOf: (image: TrainingImage, fingerprint: string, view: View) => string
  readonly isKnown: (key: string) => boolean
  /** @throws of the image DATASET_…, IMAGE_…, MASK_RLE; TRAINING_OUTPUT */
  readonly get: (image: TrainingImage, key: string, view: View) => Promise<ImageFeatures>
  /** Of the features of one image on the disk, about. */
  readonly bytes: number
  /** Lets the vision tower go. */
  readonly release: () => Promise<void>
}

export interface FeatureSourceOptions {
  readonly clip: WeightsFile
  readonly dimensions: ClipDimensions
  readonly settings: TrainingSettings
  /** Without them neither patches nor masks are kept. */
  readonly withMaps: boolean
  readonly cache: FeatureCache
  /** For temporary files. */
  readonly folder: string
  readonly signal: AbortSignal
}

export const featureSource = ({
  clip,
  dimensions,
  settings,
  withMaps,
  cache,
  folder,
  signal,
}: FeatureSourceOptions): FeatureSource => {
  const { imageSize: side, dpamLayers, activation, device } = settings
  const features = withMaps ? settings.features : []
  const patchBytes = 4 * features.length * Math.floor(side / dimensions.vision.patch) ** 2 * dimensions.embed
  let tower: Promise<GraphSession> | null = null

  const openTower = (): Promise<GraphSession> => {
    const graph = featureGraph(clip, dimensions, {
      input: 'uint8',
      imageSize: side,
      features,
      dpamLayers,
      activation,
      formulation: 'fused',
    })
    return writing(`the vision tower in ${folder}`, () => openGraph(graph, { folder, device, signal }))
  }

  const compute = async (image: TrainingImage, view: View): Promise<ImageFeatures> => {
    const { width, height, data, mask } = await image.read(withMaps ? side : null)
    const pixels = viewed(resizeBicubic(data, width, height, side, side), side, view)
    tower ??= openTower()
    const found = await (await tower).run({ image: new Tensor('uint8', pixels, [1, side, side, 3]) })
    return {
      image: found[FEATURES.images]!.data as Float32Array,
      patches: (found[FEATURES.patches]?.data ?? null) as Float32Array | null,
      mask: mask && viewed(mask, side, view),
    }
  }

  return {
    keyOf: ({ label }, fingerprint, view) =>
      createHash('sha256')
        .update(
          // Another version of the package may decode or resize differently.
          JSON.stringify([
            thisPackage.version,
            fingerprint,
            label,
            view,
            settings.clip,
            side,
            dpamLayers,
            features,
            activation,
            withMaps,
            device,
          ]),
        )
        .digest('hex'),
    isKnown: cache.has,
    get: async (image, key, view) => {
      const known = await cache.get(key)
      if (known !== null) return known
      const computed = await compute(image, view)
      await cache.put(key, computed)
      return computed
    },
    bytes: 4 * dimensions.embed + patchBytes + (withMaps ? side * side : 0),
    release: async () => {
      const open = tower
      tower = null
      await (await open?.catch(() => null))?.close()
    },
  }
}
