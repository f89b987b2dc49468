import type { InspectedImage } from '../../inspection/types.ts'
import type { Prediction } from '../backends/index.ts'
import { decodeImage, resizeBicubic } from '../image/index.ts'
import type { WireError } from '../protocol.ts'
import type { ImageInput, ImageLimits } from '../types.ts'
import { toWire } from '../wire-error.ts'
import { answersInOrder } from './answers-in-order.ts'
import type { LoadedModel, TextOfClass } from './load.ts'
import type { overlapped } from './overlap.ts'
import type { batchRunner } from './runner.ts'
import type { Answer, BatchImage } from './types.ts'
import { inspectViewed, type ViewedOptions } from './viewed.ts'

/** Stages of a batch: images are prepared while the model runs the batch before. */
export type Stages = ReturnType<typeof overlapped>

export interface BatchOptions extends Omit<ViewedOptions, 'runs'> {
  readonly runner: ReturnType<typeof batchRunner>
}

/** An image that is ready for the model. */
interface Prepared {
  readonly id: number
  readonly image: InspectedImage
  /** uint8 [S, S, 3]. */
  readonly pixels: Uint8Array
  readonly decodeMs: number
  readonly ofClass: TextOfClass
}

/** Decodes, resizes and runs a batch; gives one answer per image, and an image that is bad fails alone. */
export const inspectBatch = async (
  batch: readonly BatchImage[],
  model: LoadedModel,
  options: BatchOptions,
  say: Answer,
  stages: Stages,
): Promise<void> => {
  const answer = answersInOrder(batch, say)
  const { facts, textOf } = model
  const { limits, runner } = options
  const runs = runner.startBatch()
  const fail = (id: number, error: WireError): void => answer({ type: 'error', id, error })

  const prepareAll = async (): Promise<Prepared[]> => {
    // One after the other: a decoded image of 50 megapixels holds 150 MB.
    const prepared: Prepared[] = []
    for (const { id, image, className } of batch.filter(({ view }) => view === null))
      await prepare(id, image, { limits, side: facts.imageSize, ofClass: () => textOf(className) }).then(
        (done) => prepared.push(done),
        (thrown: unknown) => fail(id, toWire(thrown, 'ENGINE_INFERENCE')),
      )
    return prepared
  }

  const inspectWhole = async (prepared: readonly Prepared[]): Promise<void> => {
    for (const images of ofOneClassEach(prepared)) {
      const outcomes = runs.run(
        images.map(({ pixels }) => pixels),
        images[0]!.ofClass.text,
      )
      for await (const outcome of outcomes)
        images.slice(outcome.first, outcome.first + outcome.count).forEach((one, index) => {
          if ('thrown' in outcome) fail(one.id, toWire(outcome.thrown, 'ENGINE_INFERENCE'))
          else {
            const { inferMs, count } = outcome
            answer(...resultOf(one, outcome.predictions[index]!, facts.imageSize, { inferMs, images: count }))
          }
        })
    }
  }
  /** Tiles fill batches of their own, and are cut while the model waits: a large image is decoded once, and held no longer than that. */
  const inspectTiled = async (): Promise<void> => {
    for (const { view, ...one } of batch)
      if (view !== null)
        await inspectViewed({ ...one, view }, model, { ...options, runs }, answer).catch((thrown: unknown) =>
          fail(one.id, toWire(thrown, 'ENGINE_INFERENCE')),
        )
  }
  await stages(prepareAll, async (prepared) => {
    await inspectWhole(prepared)
    await inspectTiled()
  })
}

/** Text features are an input of a whole batch, so that it is of one class: cameras that take turns may see different products. */
const ofOneClassEach = (images: readonly Prepared[]): readonly Prepared[][] => [
  ...Map.groupBy(images, ({ ofClass }) => ofClass.className).values(),
]

interface PrepareOptions {
  readonly limits: ImageLimits
  readonly side: number
  /** @throws MODEL_CLASS */
  readonly ofClass: () => TextOfClass
}

const prepare = async (
  id: number,
  input: ImageInput,
  { limits, side, ofClass: find }: PrepareOptions,
): Promise<Prepared> => {
  const started = performance.now()
  const ofClass = find()
  const { rgb, width, height, format, sha256 } = await decodeImage(input, limits)
  const pixels = resizeBicubic(rgb, width, height, side, side)
  const decodeMs = performance.now() - started
  return { id, ofClass, image: { width, height, format, sha256 }, pixels, decodeMs }
}

const resultOf = (
  { id, image, decodeMs, ofClass }: Prepared,
  { score, map }: Prediction,
  side: number,
  { inferMs, images }: { readonly inferMs: number; readonly images: number },
): Parameters<Answer> => [
  {
    type: 'result',
    id,
    score: Number.isFinite(score) ? score : null,
    map: { width: side, height: side },
    image,
    className: ofClass.className,
    decodeMs,
    inferMs,
    images,
  },
  new Uint8Array(map.buffer, map.byteOffset, map.byteLength),
]
