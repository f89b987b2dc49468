import { decodeImage } from '../image/index.ts'
import type { ImageLimits, View } from '../types.ts'
import { keyOfView, type OpenMask, type TiledImage, tiledImage } from '../view/index.ts'
import type { LoadedModel } from './load.ts'
import type { BatchRunner } from './runner.ts'
import type { Answer, BatchImage } from './types.ts'

export interface ViewedOptions {
  readonly limits: ImageLimits
  /** Tiles of one inference at most. */
  readonly maxBatch: number
  readonly openMask: OpenMask
  /** Of the batch that the image is in. */
  readonly runs: BatchRunner
}

/**
 * Decodes an image once and inspects the tiles of its view, no more of them at a time than an inference takes; says after every inference
 * that it goes on.
 * @throws IMAGE_…, MODEL_CLASS, and whatever the model fails with
 */
export const inspectViewed = async (
  { id, image: input, className, view }: BatchImage & { readonly view: View },
  { facts, textOf }: Pick<LoadedModel, 'facts' | 'textOf'>,
  { limits, maxBatch, openMask, runs }: ViewedOptions,
  answer: Answer,
): Promise<void> => {
  const started = performance.now()
  const ofClass = textOf(className)
  const ignoreMask = view.ignoreMask === undefined ? null : await openMask(view.ignoreMask)
  const { rgb, width, height, format, sha256 } = await decodeImage(input, limits)
  const tiled = tiledImage({ data: rgb, width, height }, { view, ignoreMask, side: facts.imageSize })

  let inferMs = 0
  for (let first = 0; first < tiled.count; first += maxBatch) {
    inferMs += await inspectTiles(
      tiled,
      Array.from({ length: Math.min(maxBatch, tiled.count - first) }, (_, index) => first + index),
      (pixels) => runs.run(pixels, ofClass.text),
    )
    answer({ type: 'progress', id })
    runs.renew()
  }
  const { score, map, view: inspected } = tiled.result()
  answer(
    {
      type: 'result',
      id,
      score: Number.isFinite(score) ? score : null,
      map: { width: map.width, height: map.height },
      image: { width, height, format, sha256 },
      className: ofClass.className,
      view: { ...inspected, key: keyOfView(view, ignoreMask?.sha256 ?? null) },
      decodeMs: performance.now() - started - inferMs,
      inferMs,
      images: 1,
    },
    new Uint8Array(map.data.buffer),
  )
}

/** @returns milliseconds of inference */
const inspectTiles = async (
  tiled: TiledImage,
  tiles: readonly number[],
  run: (pixels: readonly Uint8Array[]) => ReturnType<BatchRunner['run']>,
): Promise<number> => {
  let inferMs = 0
  for await (const outcome of run(tiles.map((tile) => tiled.cut(tile)))) {
    if ('thrown' in outcome) throw outcome.thrown
    inferMs += outcome.inferMs
    outcome.predictions.forEach((prediction, index) => {
      tiled.add(tiles[outcome.first + index]!, prediction)
    })
  }
  return inferMs
}
