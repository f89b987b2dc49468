import { mean } from 'd3-array'
import { measure, stepsOf } from '../../evaluation/metrics/index.ts'
import type { AnomalyMap } from '../../inspection/types.ts'

/** What a model says of one image. */
export interface Output {
  readonly score: number
  readonly map: AnomalyMap
}

/** How far two models are apart on the same images, 0..1. */
export interface Change {
  readonly images: number
  readonly meanScore: number
  readonly maxScore: number
  /** Mean over all pixels of all images, and the largest one. */
  readonly meanMap: number
  readonly maxMap: number
}

/** What a model says of the images, against the first one. */
export interface ModelChange {
  readonly name: string
  /** Of the reference itself there is none, nor of a model that failed. */
  readonly change: Change | null
  /** Of its scores over images with labels of both kinds, 0..1. */
  readonly auroc: number | null
  /** Why it says nothing; null where it ran. */
  readonly failure: string | null
}

/** @param pairs what both say of each image; maps of different size are compared at the smaller one */
export const changeOf = (pairs: readonly (readonly [reference: Output, other: Output])[]): Change => {
  const scores = pairs.map(([reference, other]) => Math.abs(reference.score - other.score))
  const maps = pairs.map(([reference, other]) => differenceOf(reference.map, other.map))
  return {
    images: pairs.length,
    meanScore: mean(scores) ?? Number.NaN,
    maxScore: Math.max(...scores),
    meanMap: mean(maps, (map) => map.mean) ?? Number.NaN,
    maxMap: Math.max(...maps.map(({ max }) => max)),
  }
}

/** AUROC of images, 0..1; null without both kinds. @param labels 1 = anomalous */
export const aurocOf = (scores: readonly number[], labels: readonly (0 | 1)[]): number | null => {
  const { steps, totals } = stepsOf(scores, labels)
  return measure(steps, totals).auroc
}

const differenceOf = (one: AnomalyMap, other: AnomalyMap): { mean: number; max: number } => {
  const [small, large] = one.width <= other.width ? [one, other] : [other, one]
  const { width, height } = small
  let sum = 0
  let max = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = valueAt(large, ((x + 0.5) * large.width) / width, ((y + 0.5) * large.height) / height)
      const difference = Math.abs(small.data[y * width + x]! - value)
      sum += difference
      max = Math.max(max, difference)
    }
  return { mean: sum / (width * height), max }
}

/** Bilinear between the centres of pixels; (0, 0) is the corner of the first one. */
const valueAt = ({ width, height, data }: AnomalyMap, x: number, y: number): number => {
  const [left, top] = [clamp(x - 0.5, width), clamp(y - 0.5, height)]
  const [x0, y0] = [Math.floor(left), Math.floor(top)]
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)]
  const [right, down] = [left - x0, top - y0]
  const row = (at: number): number => data[at * width + x0]! * (1 - right) + data[at * width + x1]! * right
  return row(y0) * (1 - down) + row(y1) * down
}

const clamp = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)
