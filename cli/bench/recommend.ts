import { median } from 'd3-array'
import type { ModelChange } from './change.ts'
import { figure } from './figures.ts'
import { msAnImage, type VariantResult } from './rounds.ts'
import { threadsInWords } from './variants.ts'

/** Less than this is within what two runs of the same differ by. */
const WORTH_IT = 1.03
/** Of what a machine can do; beyond, waiting grows without end. */
const SAFE_LOAD = 0.8
/** Share of AUROC that a faster model may lose, on images with labels. */
const MOST_AUROC_LOST = 0.01
/** Without labels: how far scores or maps may be off on average. Some of it is a shift that a new calibration takes in. */
const MOST_OFF = 0.05

export interface Recommendation {
  readonly model: string
  readonly threads: number
  readonly batch: number
  /** Images a second with these settings, decoding included. */
  readonly perSecond: number
  /** A sentence for each choice. */
  readonly reasons: readonly string[]
}

interface Timed extends VariantResult {
  readonly ms: number
}

/** A model that is faster than the first one. */
interface Faster {
  readonly name: string
  /** As fast as that one. */
  readonly times: number
  /** Whether what it says is near enough. */
  readonly isGood: boolean
  readonly words: string
}

/**
 * The best way to run that was measured, and why; null where nothing could be.
 * @param results the first model's first
 * @param changes of what the models say; a faster one that says something else is not recommended, nor one of which nobody knows
 */
export const recommend = (
  results: readonly VariantResult[],
  changes: readonly ModelChange[],
): Recommendation | null => {
  const timed = results.flatMap((result): Timed[] => {
    const ms = msAnImage(result)
    // One that failed in a later round, as memory was short for once, would fail again.
    return ms === null || result.failure !== null ? [] : [{ ...result, ms }]
  })
  if (timed.length === 0) return null
  const names = [...new Set(timed.map(({ variant }) => variant.model.name))]
  const rowsOf = (name: string) => timed.filter(({ variant }) => variant.model.name === name)
  const first = fastestOf(rowsOf(names[0]!))
  const faster = names
    .map((name): Faster => {
      const { isGood, words } = verdictOn(name, names[0]!, changes)
      return { name, times: first.ms / fastestOf(rowsOf(name)).ms, isGood, words }
    })
    .filter(({ times }) => times >= WORTH_IT)
    .toSorted((one, other) => other.times - one.times)
  const chosen = faster.find(({ isGood }) => isGood)
  const passedOver = faster.slice(0, chosen === undefined ? undefined : faster.indexOf(chosen))
  const model = chosen?.name ?? names[0]!

  const own = rowsOf(model)
  const row = cheapest(own)
  const { threads, batch } = row.variant
  const decodeMs = median(own.flatMap(({ runs }) => runs.flatMap((run) => run.decodeMs))) ?? 0
  return {
    model,
    threads,
    batch,
    perSecond: 1000 / (row.ms + decodeMs),
    reasons: [
      ...passedOver.map(
        ({ name, times, words }) =>
          `Model: not ${name}, though it is ${figure(times)} × as fast as ${names[0]}: ${words}.`,
      ),
      ...(names.length === 1 ? [] : [modelSentence(model, names[0]!, chosen, faster.length > 0)]),
      threadsSentence(row, own),
      batchSentence(row, own),
    ],
  }
}

const modelSentence = (
  model: string,
  first: string,
  chosen: Faster | undefined,
  isAnyFaster: boolean,
): string => {
  if (chosen !== undefined)
    return `Model: ${model} is ${figure(chosen.times)} × as fast as ${first}; ${chosen.words}.`
  return isAnyFaster
    ? `Model: ${model}; what is faster here does not say the same.`
    : `Model: none is faster here than ${model}, so there is no reason to leave it for another precision or size.`
}

/** All that is recommended, a sentence a line. */
export const adviceInWords = ({ perSecond, reasons }: Recommendation): readonly string[] => [
  ...reasons,
  `Queue: up to about ${figure(perSecond * SAFE_LOAD)} images a second of all cameras together, 80 % of what this machine can do, the ` +
    'default (drop the oldest) has room. Where cameras send more, choose "of each camera only the newest waits": results are then of now.',
]

const verdictOn = (
  name: string,
  first: string,
  changes: readonly ModelChange[],
): Pick<Faster, 'isGood' | 'words'> => {
  const [reference, other] = [first, name].map((one) => changes.find((change) => change.name === one))
  if (!other?.change || reference?.change !== null || reference.failure !== null)
    return { isGood: false, words: `what it says could not be compared with what ${first} says` }
  const { meanScore, meanMap } = other.change
  const off = `score off by ${meanScore.toFixed(3)} and map by ${meanMap.toFixed(3)} on average`
  if (other.auroc !== null && reference.auroc !== null)
    return {
      isGood: reference.auroc - other.auroc <= MOST_AUROC_LOST,
      words: `AUROC ${percent(other.auroc)} instead of ${percent(reference.auroc)}, ${off}`,
    }
  return {
    isGood: Math.max(meanScore, meanMap) <= MOST_OFF,
    words: `${off}; only images with labels (--dataset) tell which of them is right`,
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const fastestOf = (results: readonly Timed[]): Timed =>
  results.reduce((best, result) => (result.ms < best.ms ? result : best))

/** Of those that are as good as the fastest the one with the smallest batch, whose results come soonest, and the fewest threads. */
const cheapest = (results: readonly Timed[]): Timed => {
  const limit = fastestOf(results).ms * WORTH_IT
  const threadsOf = ({ variant }: Timed) => variant.threads || Number.POSITIVE_INFINITY
  return results
    .filter(({ ms }) => ms <= limit)
    .toSorted((a, b) => a.variant.batch - b.variant.batch || threadsOf(a) - threadsOf(b))[0]!
}

const threadsSentence = ({ variant: { threads, batch }, ms }: Timed, own: readonly Timed[]): string => {
  const singles = own.filter(({ variant }) => variant.batch === 1)
  const all = singles.find(({ variant }) => variant.threads === 0)
  if (singles.every(({ variant }) => variant.threads === threads))
    return `Threads: ${threads === 0 ? '0, one a core' : threads}; nothing else was measured.`
  if (threads !== 0)
    return (
      `Threads: ${threadsInWords(threads)}; an image takes ${figure(ms)} ms${all ? `, with all cores ${figure(all.ms)} ms` : ''}. ` +
      'The other cores stay free for the flow and for decoding.'
    )
  return batch === 1
    ? 'Threads: 0, one a core; an image takes longer with fewer.'
    : 'Threads: 0, one a core; with fewer, batches were not measured.'
}

const batchSentence = ({ variant: { batch }, ms }: Timed, own: readonly Timed[]): string => {
  const batches = own.filter(({ variant }) => variant.threads === 0)
  const single = batches.find(({ variant }) => variant.batch === 1)
  if (batches.every((row) => row.variant.batch === batch))
    return `Batch: at most ${batch}; nothing else was measured.`
  if (batch === 1)
    return 'Batch: at most 1 image; larger batches inspect no more images a second here, and their results come later.'
  return single === undefined
    ? `Batch: at most ${batch} images; larger ones gain less than 3 % more.`
    : `Batch: at most ${batch} images; that inspects ${figure(single.ms / ms)} × as many a second as one at a time, and larger ` +
        'batches gain less than 3 % more.'
}
