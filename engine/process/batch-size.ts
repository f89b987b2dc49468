import type { ModelManifest } from '../../models/manifest.ts'
import type { Device } from '../types.ts'

/**
 * Images that a device is given at a time, at most. An int8 model's activations have one scale for a whole batch: an image's result would depend on
 * those that it is run with. TensorRT compiles a graph for the sizes that it has met: it would begin anew, for minutes, when the first two images wait.
 */
export const largestBatchOf = (
  { precision, engine }: Pick<ModelManifest, 'precision' | 'engine'>,
  device: Device,
): number => {
  if (precision === 'int8') return 1
  return engine?.largestBatch ?? (device === 'tensorrt' ? 1 : Number.POSITIVE_INFINITY)
}

/** Of the batch in the self-test. The CPU runs a batch with the kernels of one image, and takes seconds for it where the model is large. */
export const testedTogether = (device: Device, largestBatch: number): number =>
  device === 'cpu' ? 1 : largestBatch
