import { codedError } from '../../errors/index.ts'
import { type InferenceSession, Tensor } from '../../models/onnxruntime.ts'
import type { Device } from '../types.ts'
import { openSession } from './session.ts'
import type { Backend, Prediction } from './types.ts'

export interface OnnxruntimeOptions {
  readonly device: Device
  /** Of one inference; 0 = one a core. */
  readonly threads: number
  /** Side of the model's square images. */
  readonly imageSize: number
}

/**
 * How a model that is kept is run. Without a memory plan: made at the second run, it lies beside what the first one took and is no faster (ViT-L at 518 px: 1540 instead
 * of 1715 MB at the peak). The arena stays: without it, every image is computed on fresh pages, at 1.3 times the time.
 */
export const INFERENCE = {
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
} satisfies InferenceSession.SessionOptions

/** Only these are asked for, so that the graph computes no more. */
const OUTPUTS = ['score', 'map'] as const

/**
 * Loads a graph (design: in `image` uint8 [N, S, S, 3]; out `score` [N], `map` [N, S, S]) into this process.
 * @throws ENGINE_DEVICE when the device cannot be used, ENGINE_LOAD when the graph cannot
 */
export const openOnnxruntime = async (
  file: string,
  { device, threads, imageSize }: OnnxruntimeOptions,
): Promise<Backend> => {
  const session = await openSession(file, device, {
    ...INFERENCE,
    intraOpNumThreads: threads,
  })
  checkContract(file, session)

  return {
    device,
    run: async (images, text) => {
      const feeds = {
        image: batchOf(images, imageSize),
        ...(text === null ? {} : { text: new Tensor('float32', text, [2, text.length / 2]) }),
      }
      const { score, map } = await session.run(feeds, OUTPUTS)
      const predictions = split(score, map, images.length, imageSize)
      for (const tensor of [score, map]) tensor?.dispose()
      return predictions
    },
    close: () => session.release(),
  }
}

const batchOf = (images: readonly Uint8Array[], side: number): Tensor => {
  const bytes = side * side * 3
  const batch = new Uint8Array(images.length * bytes)
  images.forEach((image, index) => {
    batch.set(image, index * bytes)
  })
  return new Tensor('uint8', batch, [images.length, side, side, 3])
}

const split = (
  score: Tensor | undefined,
  map: Tensor | undefined,
  count: number,
  side: number,
): Prediction[] => {
  const pixels = side * side
  const [scores, maps] = [score?.data, map?.data]
  if (!(scores instanceof Float32Array && maps instanceof Float32Array))
    throw codedError(
      'ENGINE_INFERENCE',
      `the graph gave ${score?.type} scores and ${map?.type} maps, expected float32`,
    )
  if (scores.length !== count || maps.length !== count * pixels)
    throw codedError(
      'ENGINE_INFERENCE',
      `the graph gave scores [${score?.dims}] and maps [${map?.dims}] for ${count} images of ${side} × ${side} pixels`,
    )
  return Array.from(scores, (value, index) => ({
    score: value,
    map: maps.subarray(index * pixels, (index + 1) * pixels),
  }))
}

const checkContract = (file: string, { inputNames, outputNames }: InferenceSession): void => {
  const missing = [
    ...(inputNames.includes('image') ? [] : ['input "image"']),
    ...OUTPUTS.filter((name) => !outputNames.includes(name)).map((name) => `output "${name}"`),
  ]
  if (missing.length > 0)
    throw codedError(
      'ENGINE_LOAD',
      `${file} has no ${missing.join(' and no ')}; it has inputs ${inputNames.join(', ')} and outputs ${outputNames.join(', ')}`,
    )
}
