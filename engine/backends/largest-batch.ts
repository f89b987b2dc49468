import type { Backend, Prediction } from './types.ts'

/** The same backend for batches of any size: one that was compiled for some number of images refuses more, and some models are not to be run with more. */
export const withLargestBatch = (backend: Backend, most: number): Backend => ({
  ...backend,
  run: async (images, text) => {
    const predictions: Prediction[] = []
    for (let at = 0; at < images.length; at += most)
      predictions.push(...(await backend.run(images.slice(at, at + most), text)))
    return predictions
  },
})
