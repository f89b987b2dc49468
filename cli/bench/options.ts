import type { Device } from '../../engine/index.ts'
import type { Chosen } from '../evaluate/models.ts'
import type { ProgressDisplay } from '../progress.ts'

/** Of everything that is run. */
export interface RunOptions {
  readonly device: Device
  /** Class of the images for a model; null = its default, or it takes none. */
  readonly classFor: (model: Chosen) => string | null
  readonly signal: AbortSignal
  readonly progress: ProgressDisplay
}
