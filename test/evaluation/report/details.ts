import { measure, stepsOf } from '../../../evaluation/metrics/index.ts'
import type { Reported } from '../../../evaluation/report/index.ts'
import type { CategoryDetails, Details, Scored, WorstCase } from '../../../evaluation/results/index.ts'
import { recommend } from '../../../evaluation/run/recommend.ts'

const MODEL = { name: 'nano', method: 'anomalyclip', version: 'v1', imageSize: 224 }

/** A category as `evaluate` would have it of these scores; the highest values of the maps are half of them. */
export const categoryOf = (
  good: readonly number[],
  bad: readonly number[],
  others: Partial<CategoryDetails> = {},
): CategoryDetails => {
  const scored: Scored[] = [good, bad].flatMap((scores, label) =>
    scores.map((score, i) => ({
      name: `${label === 0 ? 'good' : 'bad'}/${i}.png`,
      label: label as 0 | 1,
      score,
      peak: Math.fround(score / 2),
    })),
  )
  const { steps, totals } = stepsOf(
    scored.map(({ score }) => score),
    scored.map(({ label }) => label),
  )
  const image = measure(steps, totals)
  return {
    className: 'part',
    metrics: {
      image: { auroc: image.auroc, ap: image.ap, f1max: image.f1max },
      pixel: { auroc: null, ap: null, f1max: null, aupro: null },
    },
    image,
    pixel: null,
    scored,
    failed: [],
    threshold: recommend(scored, MODEL),
    worst: { misses: [], falseAlarms: [] },
    ...others,
  }
}

export const detailsOf = (
  categories: Readonly<Record<string, CategoryDetails>>,
  others: Partial<Details> = {},
): Details => ({
  format: 'anomalyclip-evaluation',
  version: 1,
  dataset: 'mvtec',
  root: 'parts',
  model: MODEL,
  aupro: 'exact',
  limit: null,
  categories,
  problems: [],
  ...others,
})

export const reportedOf = (details: Details, pictures: Reported['pictures'] = new Map()): Reported => ({
  name: details.model.name,
  details,
  pictures,
})

export const caseOf = (name: string, files = 'worst/a'): WorstCase => ({
  name,
  score: 0.25,
  image: `${files}-image.jpg`,
  truth: `${files}-truth.jpg`,
  map: `${files}-map.jpg`,
})
