import type { InspectedImage } from '../../inspection/types.ts'
import type { Prediction } from '../backends/index.ts'
import { decodeImage, resizeBicubic } from '../image/index.ts'
import type { FromProcess, WireError } from '../protocol.ts'
import type { ImageInput, ImageLimits } from '../types.ts'
import { toWire } from '../wire-error.ts'
import type { LoadedModel } from './load.ts'

export interface BatchImage {
  readonly id: number
  readonly image: ImageInput
}

export type Answer = (message: FromProcess, payload?: Uint8Array) => void

/** An image that is ready for the model. */
interface Prepared {
  readonly id: number
  readonly image: InspectedImage
  /** uint8 [S, S, 3]. */
  readonly pixels: Uint8Array
  readonly decodeMs: number
}

/** Decodes, resizes and runs a batch; gives one answer per image, and an image that is bad fails alone. */
export const inspectBatch = async (
  batch: readonly BatchImage[],
  { facts, backend }: LoadedModel,
  limits: ImageLimits,
  answer: Answer,
): Promise<void> => {
  const fail = (id: number, error: WireError): void => answer({ type: 'error', id, error })

  const run = async (images: readonly Prepared[]): Promise<void> => {
    const started = performance.now()
    const predictions = await backend.run(images.map(({ pixels }) => pixels))
    const inferMs = performance.now() - started
    images.forEach((prepared, index) => {
      answer(...resultOf(prepared, predictions[index]!, facts.imageSize, inferMs))
    })
  }

  // One after the other: a decoded image of 50 megapixels holds 150 MB.
  const prepared: Prepared[] = []
  for (const { id, image } of batch)
    await prepare(id, image, facts.imageSize, limits).then(
      (done) => prepared.push(done),
      (thrown: unknown) => fail(id, toWire(thrown, 'ENGINE_INFERENCE')),
    )
  if (prepared.length === 0) return

  const alone = (one: Prepared) =>
    run([one]).catch((thrown: unknown) => fail(one.id, toWire(thrown, 'ENGINE_INFERENCE')))
  if (prepared.length === 1) return alone(prepared[0]!)
  try {
    await run(prepared)
  } catch {
    // What is too much for the device as a batch (memory) may go one by one, and then says which image it is.
    for (const one of prepared) await alone(one)
  }
}

const prepare = async (
  id: number,
  input: ImageInput,
  side: number,
  limits: ImageLimits,
): Promise<Prepared> => {
  const started = performance.now()
  const { rgb, width, height, format, sha256 } = await decodeImage(input, limits)
  const pixels = resizeBicubic(rgb, width, height, side, side)
  return { id, image: { width, height, format, sha256 }, pixels, decodeMs: performance.now() - started }
}

const resultOf = (
  { id, image, decodeMs }: Prepared,
  { score, map }: Prediction,
  side: number,
  inferMs: number,
): Parameters<Answer> => [
  {
    type: 'result',
    id,
    score: Number.isFinite(score) ? score : null,
    map: { width: side, height: side },
    image,
    decodeMs,
    inferMs,
  },
  new Uint8Array(map.buffer, map.byteOffset, map.byteLength),
]
