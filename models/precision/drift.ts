import { codedError } from '../../errors/index.ts'
import type { Seen } from './look.ts'
import type { PrecisionName } from './names.ts'
import { type Drift, MOST_DRIFT } from './tolerance.ts'

export const driftOf = (reference: readonly Seen[], found: readonly Seen[]): Drift => {
  const scores = reference.map(({ score }, image) => Math.abs(score - found[image]!.score))
  const maps = reference.map(({ map }, image) => differenceOf(map, found[image]!.map))
  const correlations = reference.map(({ map }, image) => correlationOf(map, found[image]!.map))
  return {
    images: reference.length,
    score: { max: Math.max(...scores), mean: meanOf(scores) },
    map: {
      max: Math.max(...maps.map(({ max }) => max)),
      mean: meanOf(maps.map(({ mean }) => mean)),
      correlation: correlations.includes(null) ? null : Math.min(...(correlations as number[])),
    },
  }
}

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length

const differenceOf = (a: Float32Array, b: Float32Array): { max: number; mean: number } => {
  let [max, sum] = [0, 0]
  for (const [index, value] of a.entries()) {
    const difference = Math.abs(value - b[index]!)
    // NaN stays.
    max = Math.max(max, difference)
    sum += difference
  }
  return { max, mean: sum / a.length }
}

/** Pearson's; null where one of the two does not vary. */
const correlationOf = (a: Float32Array, b: Float32Array): number | null => {
  let [sumA, sumB] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    sumA += a[i]!
    sumB += b[i]!
  }
  const [meanA, meanB] = [sumA / a.length, sumB / b.length]
  let [product, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [offA, offB] = [a[i]! - meanA, b[i]! - meanB]
    product += offA * offB
    squareA += offA * offA
    squareB += offB * offB
  }
  return squareA === 0 || squareB === 0 ? null : product / Math.sqrt(squareA * squareB)
}

/** @throws MODEL_PRECISION where a drift is beyond what a model may differ by */
export const checkDrift = (precision: PrecisionName, { images, score, map }: Drift): void => {
  // Written so that NaN fails as well.
  if (score.max <= MOST_DRIFT.score && map.max <= MOST_DRIFT.map && map.mean <= MOST_DRIFT.mapMean) return
  throw codedError(
    'MODEL_PRECISION',
    `in ${precision} this model's score is off by up to ${score.max.toPrecision(2)}, and its map by up to ${map.max.toPrecision(2)}, ` +
      `${map.mean.toPrecision(2)} on average, over ${images} images, where ${MOST_DRIFT.score}, ${MOST_DRIFT.map} and ${MOST_DRIFT.mapMean} ` +
      'are the most allowed: it would give other verdicts. Build it in fp32' +
      `${precision === 'int4' ? ' or int8' : ''}, or calibrate it with images of what it inspects (--calibrate).`,
  )
}
