import { readFile } from 'node:fs/promises'
import { mapInOrder } from '../../engine/in-order.ts'
import type { Engine, Inference } from '../../engine/types.ts'
import { messageOf } from '../../errors/index.ts'
import type { Mask } from '../../inspection/types.ts'
import { type Category, type Problem, readMask, type Sample } from '../datasets/index.ts'
import { type Aupro, type Measured, measure, startPixelTally, stepsOf } from '../metrics/index.ts'
import type { CategoryMetrics } from '../results/index.ts'

/** An image and what the model says of it. */
export interface Scored {
  readonly name: string
  readonly label: 0 | 1
  readonly score: number
  /** Highest value of its map. */
  readonly peak: number
}

export interface CategoryOutcome {
  readonly metrics: CategoryMetrics
  readonly image: Measured
  /** null where there are no masks. */
  readonly pixel: Measured | null
  readonly scored: readonly Scored[]
  readonly problems: readonly Problem[]
}

export interface CategoryOptions {
  readonly engine: Pick<Engine, 'infer'>
  /** S: maps have S × S pixels. */
  readonly side: number
  readonly hasMasks: boolean
  readonly aupro: Aupro
  /** For temporary files. */
  readonly folder: string
  readonly signal: AbortSignal
  /** After each image. */
  readonly onImage: () => void
}

/** Enough that images are read and decoded, maps are counted and the model runs, all at the same time. */
const IN_FLIGHT = 4

/** Scores every image of a category. What cannot be read is among the problems, and counts nowhere. */
export const evaluateCategory = async (
  { samples }: Category,
  { engine, side, hasMasks, aupro, folder, signal, onImage }: CategoryOptions,
): Promise<CategoryOutcome> => {
  const scored: Scored[] = []
  const problems: Problem[] = []
  const tally = hasMasks ? startPixelTally({ folder }) : null
  try {
    const inspect = (sample: Sample): Promise<Inspected> =>
      inspectSample(sample, { engine, side, signal }).catch((thrown: unknown) => ({
        sample,
        found: messageOf(thrown),
      }))
    for await (const inspected of mapInOrder(samples, IN_FLIGHT, inspect)) {
      signal.throwIfAborted()
      const { name, label, mask } = inspected.sample
      if ('found' in inspected) problems.push({ file: name, found: inspected.found })
      else {
        const { score, map } = inspected.inference
        scored.push({ name, label, score, peak: map.data.reduce((a, b) => Math.max(a, b)) })
        // An anomalous image without its mask can be scored, but its pixels are neither good nor known to be bad.
        if (label === 0 || mask !== null) tally?.add(map, inspected.mask)
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
      problems,
    }
  } finally {
    tally?.close()
  }
}

type Inspected =
  | { readonly sample: Sample; readonly inference: Inference; readonly mask: Mask | null }
  | { readonly sample: Sample; readonly found: string }

const inspectSample = async (
  sample: Sample,
  { engine, side, signal }: Pick<CategoryOptions, 'engine' | 'side' | 'signal'>,
): Promise<Inspected> => {
  const data = await readFile(sample.image)
  const inference = await engine.infer({ image: { kind: 'encoded', data }, signal })
  const mask = sample.mask === null ? null : await readMask(sample.mask, inference.image, side)
  return { sample, inference, mask }
}
