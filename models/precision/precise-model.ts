import { codedError } from '../../errors/index.ts'
import type { Graph } from '../graph/index.ts'
import type { RoundingError } from './balance.ts'
import { chooseBalance } from './choose-balance.ts'
import { checkDrift, driftOf } from './drift.ts'
import { checkRanges, FP16, FP16_ON_GPU } from './fp16.ts'
import { FP32 } from './fp32.ts'
import { int4, int4Error } from './int4.ts'
import { int8, int8Error } from './int8.ts'
import { type BuildImage, type LookOptions, lookAt, type Seen } from './look.ts'
import type { PrecisionName } from './names.ts'
import { observer } from './observe.ts'
import { type Balance, NO_BALANCE, type Precision } from './precision.ts'
import { type Differences, type Drift, toleranceFor } from './tolerance.ts'

/** How a precision is written, and what it loses, where it can be balanced. */
const WRITERS: Readonly<
  Record<
    Exclude<PrecisionName, 'fp32'>,
    {
      readonly write: (balance: Balance) => Precision
      /** As it is computed where it is meant to run, for a CPU; `write` where that is the CPU. */
      readonly measure?: Precision
      readonly error: RoundingError | null
    }
  >
> = {
  fp16: { write: () => FP16, measure: FP16_ON_GPU, error: null },
  int8: { write: int8, error: int8Error },
  int4: { write: int4, error: int4Error },
}

/** More images take longer and tell little more; of those given, as many are taken, evenly. */
const MOST_IMAGES = 32

export interface PreciseModelOptions {
  readonly precision: PrecisionName
  /** The model's graph in a precision. */
  readonly graphIn: (precision: Precision) => Graph
  /** A tensor of CLIP's weights. */
  readonly read: (tensor: string) => Promise<Float32Array>
  /** Of the self-test. */
  readonly testImage: BuildImage
  /** What the precision is balanced with. */
  readonly calibration: readonly BuildImage[]
  /** What its drift is measured on. */
  readonly measured: readonly BuildImage[]
  readonly look: Omit<LookOptions, 'onImages'>
  /** Share 0..1 of all looks at images. */
  readonly onProgress: (share: number) => void
}

export interface PreciseModel {
  readonly graph: Graph
  /** What the model says of the self-test's image in fp32. */
  readonly reference: Seen
  /** Null in fp32, which has none. */
  readonly found: {
    readonly drift: Drift
    /** What it would be without a balance; null for a precision that has none. */
    readonly unbalanced: Drift | null
    /** Of the self-test. */
    readonly tolerance: Differences
  } | null
}

/**
 * A model in a precision: its graph, and how far it is from itself in fp32.
 * @throws WEIGHTS_DAMAGED where it gives no finite results, MODEL_PRECISION where it is too far
 */
export const preciseModel = async (options: PreciseModelOptions): Promise<PreciseModel> =>
  options.precision === 'fp32' ? exactModel(options) : roundedModel(options, options.precision)

const exactModel = async ({ graphIn, testImage, look }: PreciseModelOptions): Promise<PreciseModel> => {
  const graph = graphIn(FP32)
  const { seen } = await lookAt(graph, [testImage], null, look)
  checkFinite(seen)
  return { graph, reference: seen[0]!, found: null }
}

const roundedModel = async (
  { graphIn, read, testImage, look, onProgress, ...images }: PreciseModelOptions,
  precision: Exclude<PrecisionName, 'fp32'>,
): Promise<PreciseModel> => {
  const { write, measure, error } = WRITERS[precision]
  const calibration = evenly(images.calibration)
  const measured = [testImage, ...evenly(images.measured).filter((image) => image !== testImage)]
  // What it is balanced with is looked at by itself: measuring it on other images changes no byte of it.
  const watched = error === null ? measured : calibration
  const others = measured.filter((image) => !watched.includes(image))
  const looks = watched.length + others.length + measured.length * (error === null ? 1 : 2)
  let done = 0
  const options: LookOptions = {
    ...look,
    onImages: (count) => {
      done += count
      onProgress(done / looks)
    },
  }

  const watching = observer({ outputs: error === null })
  const exact = graphIn(watching.precision)
  const { seen, ranges } = await lookAt(exact, watched, watching, options)
  const other = await lookAt(exact, others, null, options)
  checkFinite([...seen, ...other.seen])
  const inFp32 = new Map([...watched, ...others].map((image, i) => [image, [...seen, ...other.seen][i]!]))
  const reference = measured.map((image) => inFp32.get(image)!)
  const lookIn = async (graph: Graph): Promise<{ test: Drift; drift: Drift }> => {
    const { seen } = await lookAt(graph, measured, null, { ...options, asServed: true })
    return { test: driftOf(reference.slice(0, 1), seen.slice(0, 1)), drift: driftOf(reference, seen) }
  }
  let balance = NO_BALANCE
  let unbalanced: Drift | null = null
  if (error === null) checkRanges(ranges)
  else {
    balance = await chooseBalance(watching, ranges, error, read)
    unbalanced = (await lookIn(graphIn(write(NO_BALANCE)))).drift
  }
  const graph = graphIn(write(balance))
  const { test, drift } = await lookIn(measure === undefined ? graph : graphIn(measure))
  checkDrift(precision, drift)
  return { graph, reference: reference[0]!, found: { drift, unbalanced, tolerance: toleranceFor(test) } }
}

const checkFinite = (seen: readonly Seen[]): void => {
  if (!seen.every(({ score, map }) => Number.isFinite(score) && map.every(Number.isFinite)))
    throw codedError(
      'WEIGHTS_DAMAGED',
      'the model built from these weights gives no finite score and map: a weight is NaN, infinite or far too large. ' +
        'Fetch the files again; after a training of your own, take an earlier checkpoint.',
    )
}

const evenly = (images: readonly BuildImage[]): readonly BuildImage[] => {
  const step = Math.max(images.length / MOST_IMAGES, 1)
  return images.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}
