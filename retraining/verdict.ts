import type { Scored } from '../evaluation/results/index.ts'
import { HOLD_OUT_EVERY } from './images.ts'

/** Both classes of images, for a figure with an error to be worth anything. */
const LEAST_IMAGES = 5

/** Of a normal distribution, on both sides of 95 %. */
const Z_95 = 1.96

/** Fall of the pixels' AUROC that is too much for a better model. */
const MOST_PIXEL_LOSS = 0.01

export interface Judgeable {
  readonly scored: readonly Scored[]
  readonly pixelAuroc: number | null
}

/** What the held-out images say of a new model beside the present one. */
export interface Verdict {
  readonly verdict: 'better' | 'worse' | 'undecided'
  /** In a sentence. */
  readonly reason: string
  /** Of image AUROC, new minus present, with its 95 % interval; null where there are too few images. */
  readonly difference: { readonly auroc: number; readonly low: number; readonly high: number } | null
}

/** Why a comparison on so many held-out images will tell nothing, and how many it takes; null where it may. */
export const tooFewToTell = ({
  good,
  bad,
}: {
  readonly good: number
  readonly bad: number
}): string | null =>
  Math.min(good, bad) >= LEAST_IMAGES
    ? null
    : `${good} good and ${bad} bad images are held out, and it takes ${LEAST_IMAGES} of each to tell, ` +
      `of ${LEAST_IMAGES * HOLD_OUT_EVERY} that are gathered`

/**
 * A new model is better or worse where the difference of the image AUROCs is more than chance on so few images would make: DeLong,
 * DeLong and Clarke-Pearson's interval for two scores of the same images (Biometrics 44, 1988). Everything else is undecided.
 */
export const judge = (present: Judgeable, candidate: Judgeable): Verdict => {
  const before = new Map(present.scored.map((one) => [one.name, one.score]))
  const both = candidate.scored.flatMap(({ name, label, score }) => {
    const old = before.get(name)
    return old === undefined ? [] : [{ label, old, score }]
  })
  const [good, bad] = ([0, 1] as const).map((label) => both.filter((one) => one.label === label))
  const tooFew = tooFewToTell({ good: good!.length, bad: bad!.length })
  if (tooFew !== null) return { verdict: 'undecided', reason: tooFew, difference: null }
  const gainOf = (one: Pair, other: Pair): number => order(one.score, other.score) - order(one.old, other.old)
  const byBad = bad!.map((one) => mean(good!.map((other) => gainOf(one, other))))
  const byGood = good!.map((other) => mean(bad!.map((one) => gainOf(one, other))))
  const auroc = mean(byBad)
  const error = Z_95 * Math.sqrt(variance(byBad) / byBad.length + variance(byGood) / byGood.length)
  const difference = { auroc, low: auroc - error, high: auroc + error }
  if (difference.high < 0)
    return { verdict: 'worse', reason: 'it tells good and bad apart less well', difference }
  if (difference.low <= 0)
    return { verdict: 'undecided', reason: 'what differs may be chance on so few images', difference }
  const loss = (present.pixelAuroc ?? 0) - (candidate.pixelAuroc ?? 0)
  if (present.pixelAuroc !== null && loss > MOST_PIXEL_LOSS)
    return {
      verdict: 'undecided',
      reason: 'it tells good and bad apart better, and finds less well where they are bad',
      difference,
    }
  return { verdict: 'better', reason: 'it tells good and bad apart better', difference }
}

interface Pair {
  readonly old: number
  readonly score: number
}

/** Of a bad image's score and a good one's: 1 where they are in order, one half where they are equal. */
const order = (bad: number, good: number): number => (bad > good ? 1 : bad === good ? 0.5 : 0)

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const variance = (values: readonly number[]): number => {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}
