import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { INFERENCE, openSession } from '../engine/backends/index.ts'
import { decodeImage, resizeBicubic } from '../engine/image/index.ts'
import { DEFAULT_LIMITS } from '../engine/image/limits.ts'
import { type InferenceSession, Tensor } from '../models/onnxruntime.ts'
import { readManifest } from '../models/open.ts'
import { msOf } from './measure.ts'

/** A model folder in a session of onnxruntime and nothing around it: what everything else is held against. */
export interface BareSession {
  readonly loadMs: number
  /** Milliseconds of one `session.run` over `batch` times the same pixels. */
  run(pixels: Uint8Array, batch?: number): Promise<number>
  /** What the model says of the pixels. */
  inspect(pixels: Uint8Array): Promise<{ readonly score: number; readonly map: Float32Array }>
  /** An image file as the model takes it, uint8 [S, S, 3]. */
  pixelsOf(file: string): Promise<Uint8Array>
}

const OUTPUTS = ['score', 'map']

/** Opens a session with the settings of the engine. */
export const openBare = async (folder: string): Promise<BareSession> => {
  const { imageSize } = await readManifest(folder)
  let session: InferenceSession
  const loadMs = await msOf(async () => {
    session = await openSession(join(folder, 'model.onnx'), 'cpu', INFERENCE)
  })
  const feedsOf = (pixels: Uint8Array, batch: number) => {
    const images = new Uint8Array(pixels.length * batch)
    for (let i = 0; i < batch; i++) images.set(pixels, i * pixels.length)
    return { image: new Tensor('uint8', images, [batch, imageSize, imageSize, 3]) }
  }
  return {
    loadMs,
    run: (pixels, batch = 1) => {
      const feeds = feedsOf(pixels, batch)
      return msOf(() => session.run(feeds, OUTPUTS))
    },
    inspect: async (pixels) => {
      const { score, map } = await session.run(feedsOf(pixels, 1), OUTPUTS)
      return { score: (score!.data as Float32Array)[0]!, map: map!.data as Float32Array }
    },
    pixelsOf: async (file) => {
      const data = await readFile(file)
      const { rgb, width, height } = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
      return resizeBicubic(rgb, width, height, imageSize, imageSize)
    },
  }
}
