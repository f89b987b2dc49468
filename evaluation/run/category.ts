import { relative } from 'node:path'
import { DEFAULT_LIMITS } from '../../engine/image/index.ts'
import { mapInOrder } from '../../engine/in-order.ts'
import type { Engine, Inference } from '../../engine/types.ts'
import { messageOf } from '../../errors/index.ts'
import type { Mask } from '../../inspection/types.ts'
import { loadSample, type Sample } from '../datasets/index.ts'
import { type Aupro, type Measured, measure, startPixelTally, stepsOf } from '../metrics/index.ts'
import type { CategoryMetrics, Scored } from '../results/index.ts'

export interface CategoryOutcome {
  readonly metrics: CategoryMetrics
  readonly image: Measured
  /** null where there are no masks. */
  readonly pixel: Measured | null
  readonly scored: readonly Scored[]
  /** What could not be scored, and why. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[]
}

export interface CategoryOptions {
  readonly engine: Pick<Engine, 'infer'>
  /** S: maps have S × S pixels. */
  readonly side: number
  /** Of the data set, for names. */
  readonly root: string
  readonly aupro: Aupro
  /** For temporary files. */
  readonly folder: string
  readonly signal: AbortSignal
  /** After each image. */
  readonly onImage: () => void
}

/** Enough that images are read and decoded, maps are counted and the model runs, all at the same time. */
const IN_FLIGHT = 4

/** Of images that wait for the model, decoded: what its queue has to hold. */
export const BYTES_IN_FLIGHT = IN_FLIGHT * 3 * DEFAULT_LIMITS.maxPixels

/** Scores every image of a category. What cannot be read is among those that failed, and counts nowhere. */
export const evaluateCategory = async (
  samples: readonly Sample[],
  { engine, side, root, aupro, folder, signal, onImage }: CategoryOptions,
): Promise<CategoryOutcome> => {
  const scored: Scored[] = []
  const failed: { name: string; reason: string }[] = []
  const tally = samples.some(({ mask }) => mask) ? startPixelTally({ folder }) : null
  try {
    const inspect = (sample: Sample): Promise<Inspected> =>
      inspectSample(sample, { engine, side, signal }).catch((thrown: unknown) => ({
        sample,
        reason: messageOf(thrown),
      }))
    for await (const inspected of mapInOrder(samples, IN_FLIGHT, inspect)) {
      signal.throwIfAborted()
      const { label } = inspected.sample
      const name = nameOf(inspected.sample, root)
      if ('reason' in inspected) failed.push({ name, reason: inspected.reason })
      else {
        const { score, map } = inspected.inference
        scored.push({ name, label, score, peak: map.data.reduce((a, b) => Math.max(a, b)) })
        // An anomalous image without its mask can be scored, but its pixels are neither good nor known to be bad.
        if (inspected.truth) tally?.add(map, inspected.truth)
      }
      onImage()
    }
    const { steps, totals } = stepsOf(
      scored.map(({ score }) => score),
      scored.map(({ label }) => label),
    )
    const image = measure(steps, totals)
    const pixel = tally?.measure(aupro) ?? null
    return {
      metrics: {
        image: { auroc: image.auroc, ap: image.ap, f1max: image.f1max },
        pixel: {
          auroc: pixel?.auroc ?? null,
          ap: pixel?.ap ?? null,
          f1max: pixel?.f1max ?? null,
          aupro: pixel?.aupro ?? null,
        },
      },
      image,
      pixel,
      scored,
      failed,
    }
  } finally {
    tally?.close()
  }
}

type Inspected =
  | {
      readonly sample: Sample
      readonly inference: Inference
      /** null where nobody has drawn the defect. */
      readonly truth: Mask | null
    }
  | { readonly sample: Sample; readonly reason: string }

const inspectSample = async (
  sample: Sample,
  { engine, side, signal }: Pick<CategoryOptions, 'engine' | 'side' | 'signal'>,
): Promise<Inspected> => {
  const { image, truth } = await loadSample(sample, side)
  const inference = await engine.infer({ image, signal })
  return { sample, inference, truth: truth ? { width: side, height: side, data: truth } : null }
}

const nameOf = ({ image, crop }: Sample, root: string): string =>
  relative(root, image).replaceAll('\\', '/') + (crop ? `#${crop.index + 1}/${crop.of}` : '')
