import type { ClipDimensions } from '../clip/dimensions.ts'
import type { ResizeMatrix } from '../clip/positions.ts'
import type { VisionTower } from '../clip/vision.ts'
import type { Value } from '../graph/index.ts'
import type { Activation, Formulation } from '../graph/ops/index.ts'
import type { MethodName } from '../method-names.ts'
import type { WeightsFile } from '../weights/index.ts'

/** What a method is built from, opened. */
export interface MethodFiles {
  readonly clip: WeightsFile
  readonly dimensions: ClipDimensions
  /** Learnt prompts; null where the method has none. */
  readonly prompts: WeightsFile | null
  /** Learnt layers between taps and joint space; null where the method has none. */
  readonly linear: WeightsFile | null
  readonly activation: Activation
}

export interface MethodSettings {
  /** S: images have S × S pixels. */
  readonly imageSize: number
  /** Taps, counted from 1, in the order of the network; none where the method looks at no layer but the last. */
  readonly features: readonly number[]
  /** Last vision layers with DPAM. */
  readonly dpamLayers: number
  /** Layers behind the output `patches`, counted from 1. */
  readonly memoryLayers: readonly number[]
  /** Of the Gaussian over the map, in its pixels; 0 = none. */
  readonly sigma: number
  readonly formulation: Formulation
  readonly activation: Activation
}

/** What a method makes of the vision tower. */
export interface Head {
  /** p(abnormal) of the image [N]. */
  readonly score: Value
  /** p(abnormal) of its pixels [N, S, S]. */
  readonly map: Value
  /** The same before upsampling [N, T, grid, grid]. */
  readonly grid: Value
}

/** One way from CLIP to an anomaly map: a text side, a head over the vision tower, and constants. */
export interface Method {
  readonly name: MethodName
  /** Besides CLIP's weights. */
  readonly needs: 'prompts' | 'linear' | null
  /** Whether class names stand in its prompts; else its text features are the same for every image. */
  readonly takesClassNames: boolean
  /** As published, for a CLIP of other depth in proportion. */
  defaults(
    dimensions: ClipDimensions,
  ): Pick<MethodSettings, 'imageSize' | 'features' | 'dpamLayers' | 'sigma'>
  /** Of position embeddings. */
  readonly resize: ResizeMatrix
  /**
   * L2-normalised [2, embed], rows normal and abnormal.
   * @param className as it is to stand in the prompts; the methods that take none ignore it
   */
  textFeatures(files: MethodFiles, className: string): Promise<Float32Array>
  /** @param text [2, embed], as `textFeatures` gives it */
  head(tower: VisionTower, text: Value, settings: MethodSettings, files: MethodFiles): Head
}
