import { median } from 'd3-array'
import { figure } from './figures.ts'
import { msAnImage, type VariantResult } from './rounds.ts'
import { threadsInWords } from './variants.ts'

/** Less than this is within what two runs of the same differ by. */
const WORTH_IT = 1.03
/** Of what a machine can do; beyond, waiting grows without end. */
const SAFE_LOAD = 0.8

export interface Recommendation {
  readonly model: string
  readonly threads: number
  readonly batch: number
  /** Images a second with these settings, decoding included. */
  readonly perSecond: number
  readonly sentences: readonly string[]
}

interface Timed extends VariantResult {
  readonly ms: number
}

/** What was measured to be best, and why; null where nothing could be measured. @param results the first model's first */
export const recommend = (results: readonly VariantResult[]): Recommendation | null => {
  const timed = results.flatMap((result): Timed[] => {
    const ms = msAnImage(result)
    return ms === null ? [] : [{ ...result, ms }]
  })
  const [first] = timed
  if (first === undefined) return null
  const names = [...new Set(timed.map(({ variant }) => variant.model.name))]
  const fastest = fastestOf(timed)
  const ofFirst = fastestOf(timed.filter(({ variant }) => variant.model.name === names[0]))
  const isFaster = ofFirst.ms / fastest.ms >= WORTH_IT
  const model = isFaster ? fastest.variant.model.name : names[0]!
  const own = timed.filter(({ variant }) => variant.model.name === model)

  const singles = own.filter(({ variant }) => variant.batch === 1)
  const single = cheapest(singles, ({ threads }) => (threads === 0 ? Number.POSITIVE_INFINITY : threads))
  const batches = own.filter(({ variant }) => variant.threads === 0)
  const batch = cheapest(batches, ({ batch: images }) => images)
  const threads = single?.variant.threads ?? 0
  const images = batch?.variant.batch ?? 1
  const ms = Math.min(...[single, batch].flatMap((found) => (found ? [found.ms] : [])))
  const decodeMs = median(own.flatMap(({ runs }) => runs.flatMap((run) => run.decodeMs))) ?? 0
  const perSecond = 1000 / (ms + decodeMs)
  return {
    model,
    threads,
    batch: images,
    perSecond,
    sentences: [
      ...(names.length > 1 ? [modelSentence(model, isFaster, fastest, ofFirst)] : []),
      threadsSentence(threads, singles),
      batchSentence(images, batches),
      `Queue: up to about ${figure(perSecond * SAFE_LOAD)} images a second of all cameras together, 80 % of what this machine can do, the ` +
        'default (drop the oldest) has room. Where cameras send more, choose "of each camera only the newest waits": results are then of now.',
    ],
  }
}

const fastestOf = (results: readonly Timed[]): Timed =>
  results.reduce((best, result) => (result.ms < best.ms ? result : best))

/** The one that costs least of those that are as good as the fastest. */
const cheapest = (
  results: readonly Timed[],
  cost: (variant: Timed['variant']) => number,
): Timed | undefined => {
  if (results.length === 0) return undefined
  const limit = fastestOf(results).ms * WORTH_IT
  return results
    .filter(({ ms }) => ms <= limit)
    .toSorted((one, other) => cost(one.variant) - cost(other.variant))[0]
}

const modelSentence = (model: string, isFaster: boolean, fastest: Timed, first: Timed): string =>
  isFaster
    ? `Model: ${model} is ${figure(first.ms / fastest.ms)} × as fast as ${first.variant.model.name}; compare what it says of your images before you take it.`
    : `Model: none is faster here than ${model}, so there is no reason to leave it for another precision or size.`

const threadsSentence = (threads: number, singles: readonly Timed[]): string => {
  const all = singles.find(({ variant }) => variant.threads === 0)
  const chosen = singles.find(({ variant }) => variant.threads === threads)
  if (singles.length < 2) return 'Threads: 0, one a core; nothing else was measured.'
  if (threads === 0 || !all || !chosen) return 'Threads: 0, one a core; an image takes longer with fewer.'
  return (
    `Threads: ${threadsInWords(threads)}; an image takes ${figure(chosen.ms)} ms, with all cores ${figure(all.ms)} ms. ` +
    'The other cores stay free for the flow and for decoding.'
  )
}

const batchSentence = (images: number, batches: readonly Timed[]): string => {
  const single = batches.find(({ variant }) => variant.batch === 1)
  const chosen = batches.find(({ variant }) => variant.batch === images)
  if (batches.length < 2) return `Batch: at most ${images}; nothing else was measured.`
  if (images === 1 || !single || !chosen)
    return 'Batch: at most 1 image; larger batches inspect no more images a second here, and their results come later.'
  return (
    `Batch: at most ${images} images; that inspects ${figure(single.ms / chosen.ms)} × as many a second as one at a time, and larger ` +
    'batches gain less than 3 % more.'
  )
}
