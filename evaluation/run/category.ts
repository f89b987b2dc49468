import { DEFAULT_LIMITS } from '../../engine/image/index.ts'
import { mapInOrder } from '../../engine/in-order.ts'
import { isCodedError, messageOf } from '../../errors/index.ts'
import { type Category, nameOf, type Sample } from '../datasets/index.ts'
import { type Aupro, type Measured, measure, stepsOf } from '../metrics/index.ts'
import type { CategoryDetails, CategoryMetrics, Scored } from '../results/index.ts'
import { highest } from './highest.ts'
import { type Inspected, type Inspector, inspectSample } from './score.ts'
import type { TallyThread } from './tally.ts'
import { keepWorst, type Worst } from './worst.ts'

/** A category whose images are all done. Measuring it needs the model no more, which may go on with the next. */
export interface Inspection extends Pick<CategoryDetails, 'className' | 'scored' | 'failed'> {
  /** What of masks and labels does not go together, in words. */
  readonly remarks: readonly string[]
  /** Still to be drawn. */
  readonly worst: Worst
  /** Once. @throws EVALUATION_DISK, EVALUATION_OUTPUT */
  measure(): Promise<Pick<CategoryDetails, 'metrics' | 'image' | 'pixel'>>
  /** Once it is measured. */
  close(): Promise<void>
}

export interface CategoryOptions extends Inspector {
  /** Of the data set, for names. */
  readonly root: string
  readonly aupro: Aupro
  readonly thread: Pick<TallyThread, 'start'>
  /** Misses and false alarms to show, of each so many at most. */
  readonly worst: number
  /** After each image, in their order. */
  readonly onImage: (image: { readonly isFromCache: boolean }) => void
}

/** Enough that images are read, masks decoded, maps counted and the model runs, all at the same time. */
export const IN_FLIGHT = 4

/** Of images that wait for the model, should they all be cut and so decoded: what its queue has to hold. */
export const BYTES_IN_FLIGHT = IN_FLIGHT * 3 * DEFAULT_LIMITS.maxPixels

/**
 * Scores every image of a category. What cannot be read is among those that failed, and counts nowhere.
 * @throws what ends the whole run: ENGINE_… and MODEL_… of an engine that is of no more use, EVALUATION_OUTPUT, the signal's reason
 */
export const inspectCategory = async (
  { className, samples }: Pick<Category, 'className' | 'samples'>,
  { root, aupro, thread, worst: count, onImage, ...inspector }: CategoryOptions,
): Promise<Inspection> => {
  const scored: Scored[] = []
  const failed: { name: string; reason: string }[] = []
  const remarks: string[] = []
  const worst = keepWorst(count)
  const tally = samples.some(({ mask }) => mask) ? thread.start() : null
  const inspect = (sample: Sample): Promise<Looked> =>
    inspectSample(sample, className, inspector).then(
      (inspected) => ({ sample, inspected }),
      (thrown: unknown) => ({ sample, thrown }),
    )
  for await (const looked of mapInOrder(samples, IN_FLIGHT, inspect)) {
    inspector.signal.throwIfAborted()
    const { sample } = looked
    const name = nameOf(sample, root)
    if ('thrown' in looked) {
      if (!isOfTheImage(looked.thrown)) throw looked.thrown
      failed.push({ name, reason: messageOf(looked.thrown) })
      onImage({ isFromCache: false })
      continue
    }
    const { result, truth, remark, isFromCache } = looked.inspected
    if (remark !== null) remarks.push(remark)
    const { score, map } = result
    scored.push({ name, label: sample.label, score, peak: highest(map.data) })
    worst.see({ sample, name, score, map, truth })
    // An anomalous image without its mask can be scored, but its pixels are neither good nor known to be bad.
    if (truth) await tally?.add(map, truth)
    onImage({ isFromCache })
  }
  return {
    className,
    scored,
    failed,
    remarks,
    worst: worst.worst(),
    measure: async () => {
      const { steps, totals } = stepsOf(
        scored.map(({ score }) => score),
        scored.map(({ label }) => label),
      )
      const image = measure(steps, totals)
      const pixel = tally && (await tally.measure(aupro))
      return { metrics: metricsOf(image, pixel), image, pixel }
    },
    close: async () => tally?.close(),
  }
}

type Looked =
  | { readonly sample: Sample; readonly inspected: Inspected }
  | { readonly sample: Sample; readonly thrown: unknown }

/** Errors after which the next image may still do well. */
const OF_THE_IMAGE =
  /^(DATASET_|IMAGE_|MASK_RLE$|EVALUATION_MAP$|ENGINE_(TOO_LARGE|CRASHED|TIMEOUT|INFERENCE)$)/

const isOfTheImage = (thrown: unknown): boolean => isCodedError(thrown) && OF_THE_IMAGE.test(thrown.code)

const metricsOf = (image: Measured, pixel: Measured | null): CategoryMetrics => ({
  image: { auroc: image.auroc, ap: image.ap, f1max: image.f1max },
  pixel: {
    auroc: pixel?.auroc ?? null,
    ap: pixel?.ap ?? null,
    f1max: pixel?.f1max ?? null,
    aupro: pixel?.aupro ?? null,
    ...(pixel?.auproReference === undefined ? {} : { auproReference: pixel.auproReference }),
  },
})
