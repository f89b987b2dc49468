import { Tensor } from '../../models/onnxruntime.ts'
import { BATCH } from '../step.ts'
import type { ImageFeatures } from './cache.ts'

/** An image of a batch. */
export interface BatchItem {
  readonly features: ImageFeatures
  readonly label: 0 | 1
  readonly className: string
}

export interface BatchShape {
  readonly imageSize: number
  readonly taps: number
  readonly classNames: readonly string[]
}

/**
 * What a step reads of a batch, by the names of `BATCH`.
 * @param inputs those that its graph has
 */
export const batchFeeds = (
  items: readonly BatchItem[],
  { imageSize, taps, classNames }: BatchShape,
  inputs: ReadonlySet<string>,
): Record<string, Tensor> => {
  const count = items.length
  const embed = items[0]!.features.image.length
  const area = imageSize * imageSize
  const rows = (width: number, fill: (item: BatchItem, row: Float32Array) => void): Float32Array => {
    const data = new Float32Array(count * width)
    for (const [i, item] of items.entries()) fill(item, data.subarray(i * width, (i + 1) * width))
    return data
  }
  const share = (of: (item: BatchItem) => boolean) =>
    rows(1, (item, row) => row.fill(of(item) ? 1 / count : 0))
  const make: Readonly<Record<keyof typeof BATCH, () => Tensor>> = {
    images: () =>
      tensor(
        rows(embed, ({ features }, row) => row.set(features.image)),
        [count, embed],
      ),
    patches: () => {
      const size = items[0]!.features.patches!.length
      const data = rows(size, ({ features }, row) => row.set(features.patches!))
      return tensor(data, [count, taps, size / (taps * embed), embed])
    },
    masks: () =>
      tensor(
        rows(area, ({ features }, row) => row.set(features.mask ?? [])),
        [count, imageSize, imageSize],
      ),
    labels: () =>
      tensor(
        rows(2, ({ label }, row) => row.set([1 - label, label])),
        [count, 2],
      ),
    classes: () =>
      tensor(
        rows(classNames.length, ({ className }, row) => row.fill(1, ...place(classNames.indexOf(className)))),
        [count, classNames.length],
      ),
    shares: () =>
      tensor(
        share(() => true),
        [count],
      ),
    mapShares: () =>
      tensor(
        share(({ features }) => features.mask !== null),
        [count],
      ),
  }
  const names = Object.keys(BATCH) as (keyof typeof BATCH)[]
  return Object.fromEntries(
    names.filter((name) => inputs.has(BATCH[name])).map((name) => [BATCH[name], make[name]()]),
  )
}

const tensor = (data: Float32Array, shape: readonly number[]): Tensor =>
  new Tensor('float32', data, [...shape])

const place = (index: number): [from: number, to: number] => [index, index + 1]
