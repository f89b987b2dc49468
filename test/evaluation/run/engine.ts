import { decodeImage } from '../../../engine/image/index.ts'
import type { Engine, ImageInput, InferRequest } from '../../../engine/types.ts'

/** S of the engine below. */
export const SIDE = 8

/** Says of an image its mean brightness as the score, and of every pixel the same less a little; counts what it is asked for. */
export const brightnessEngine = () => {
  const asked: ImageInput[] = []
  const infer = async ({ image, signal }: InferRequest) => {
    signal?.throwIfAborted()
    asked.push(image)
    const { rgb, ...facts } = await decodeImage(image, { maxBytes: 1e6, maxPixels: 1e6 })
    const score = rgb.reduce((sum, value) => sum + value, 0) / rgb.length / 255
    const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => score * (1 - i / (2 * SIDE * SIDE)))
    return {
      score,
      map: { width: SIDE, height: SIDE, data },
      image: facts,
      timing: { queuedMs: 0, decodeMs: 0, inferMs: 0, totalMs: 0 },
      device: 'cpu',
      className: null,
      model: MODEL,
    }
  }
  return { asked, engine: { infer } satisfies Pick<Engine, 'infer'> }
}

export const MODEL = { name: 'brightness', method: 'test', version: 'v1', imageSize: SIDE }
