import { labelComponents } from '../../../inspection/regions/index.ts'
import type { AnomalyMap, Mask } from '../../../inspection/types.ts'

export interface Part {
  readonly map: AnomalyMap
  /** null where nothing is anomalous. */
  readonly mask: Mask | null
}

/** Small numbers that come again. */
export const randomOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const SIZE = 9

export interface Drawing {
  /** Distinct values of the maps. */
  readonly levels?: number
  /** Pixels that are anomalous, in masks that are not empty. */
  readonly share?: number
  /** Every how many parts the mask is empty. */
  readonly goodEvery?: number
}

/** Maps of a few levels from −0.25 up, so that most values are there more than once. */
export const parts = (
  seed: number,
  count: number,
  { levels = 12, share = 0.2, goodEvery = 3 }: Drawing = {},
): Part[] => {
  const random = randomOf(seed)
  const pixels = SIZE * SIZE
  return Array.from({ length: count }, (_, i) => ({
    map: {
      width: SIZE,
      height: SIZE,
      data: Float32Array.from({ length: pixels }, () => Math.floor(random() * levels) / levels - 0.25),
    },
    mask:
      i % goodEvery === 0
        ? null
        : {
            width: SIZE,
            height: SIZE,
            data: Uint8Array.from({ length: pixels }, () => (random() < share ? 1 : 0)),
          },
  }))
}

/** The pixels of all parts as lists. */
const listed = (all: readonly Part[]) => {
  const values = all.flatMap(({ map, mask }) =>
    [...map.data].map((score, i) => ({ score, positive: mask?.data[i] === 1 })),
  )
  const [positives, negatives] = [true, false].map((kind) =>
    values.filter(({ positive }) => positive === kind).map(({ score }) => score),
  ) as [number[], number[]]
  const regions = all.flatMap(({ map, mask }) => {
    if (!mask) return []
    const { labels, sizes } = labelComponents(mask)
    return sizes.slice(1).map((_, i) => [...map.data].filter((_score, pixel) => labels[pixel] === i + 1))
  })
  return { scores: values.map(({ score }) => score), positives, negatives, regions }
}

const share = (list: readonly number[], isOver: (score: number) => boolean): number =>
  list.filter(isOver).length / list.length

const meanShare = (regions: readonly number[][], isOver: (score: number) => boolean): number =>
  regions.reduce((sum, region) => sum + share(region, isOver), 0) / regions.length

/** By definition: every threshold, every pixel. */
export const byDefinition = (all: readonly Part[]) => {
  const { scores, positives, negatives, regions } = listed(all)
  let wins = 0
  for (const score of positives)
    for (const other of negatives) wins += score > other ? 1 : score === other ? 0.5 : 0
  let [ap, recall, f1max, aupro, x, y] = [0, 0, 0, 0, 0, 0]
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const isOver = (score: number): boolean => score >= threshold
    const [tp, fp] = [positives.filter(isOver).length, negatives.filter(isOver).length]
    ap += (tp / positives.length - recall) * (tp / (tp + fp))
    recall = tp / positives.length
    f1max = Math.max(f1max, (2 * tp) / (tp + fp + positives.length))
    const [nextX, nextY] = [fp / negatives.length, meanShare(regions, isOver)]
    const within = nextX === x ? 0 : Math.max(0, Math.min(1, (0.3 - x) / (nextX - x)))
    aupro += ((nextX - x) * within * (2 * y + (nextY - y) * within)) / 2 / 0.3
    ;[x, y] = [nextX, nextY]
  }
  return { auroc: wins / positives.length / negatives.length, ap, f1max, aupro }
}

/**
 * AUPRO as the published code has it: 200 thresholds from the lowest value on, what lies above each, false positive rates below 0.3 stretched to
 * 0…1. Exact only where the steps between the thresholds are exact in float32.
 */
export const referenceByDefinition = (all: readonly Part[]): number => {
  const { scores, negatives, regions } = listed(all)
  const [lowest, highest] = [Math.min(...scores), Math.max(...scores)]
  const points = Array.from({ length: 200 }, (_, i) => lowest + (i * (highest - lowest)) / 200)
    .map((threshold) => {
      const isOver = (score: number): boolean => score > threshold
      return { x: share(negatives, isOver), y: meanShare(regions, isOver) }
    })
    .filter(({ x }) => x < 0.3)
    .reverse()
  const [first, last] = [points[0]!.x, points.at(-1)!.x]
  return points
    .slice(1)
    .reduce((sum, { x, y }, i) => sum + ((x - points[i]!.x) * (y + points[i]!.y)) / 2 / (last - first), 0)
}
