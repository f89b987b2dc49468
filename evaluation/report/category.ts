import { categoriesOf, uniqueFileNames } from '../results/index.ts'
import { curveChart, histogram } from './charts/index.ts'
import { type Html, html } from './html.ts'
import type { CategoryOf } from './reported.ts'
import { suggestionsOf, thresholdTable } from './thresholds/index.ts'
import { percent } from './words.ts'
import { worstCases } from './worst.ts'

export interface CategorySection {
  readonly name: string
  /** Its place among the categories. */
  readonly place: number
  /** Target share of good images that are alarms. */
  readonly rate: number
}

/** All there is of one category: curves of all models together, then each model's scores, thresholds and worst cases. */
export const categorySection = (
  { name, place, rate }: CategorySection,
  models: readonly CategoryOf[],
): Html => html`<section id="category-${place}" class="category">
<h2>${name}</h2>
${inPrompts(models.map(({ category }) => category.className))}
<div class="charts">${curves(models)}</div>
${models.map((model) => modelPart(model, { name, place, rate }))}
</section>`

const inPrompts = (classNames: readonly (string | null)[]): Html | null => {
  const names = [...new Set(classNames.filter((name) => name !== null))]
  return names.length === 0 ? null : html`<p>Class name in prompts: <code>${names.join(', ')}</code></p>`
}

const curves = (models: readonly CategoryOf[]): readonly (Html | null)[] => {
  const of = (
    curve: (category: CategoryOf['category']) => {
      points: CategoryOf['category']['image']['roc']
      area: number | null
    },
  ) => models.map(({ place, name, category }) => ({ place, name, ...curve(category) }))
  return [
    curveChart({
      title: 'ROC, images',
      x: 'good images that are alarms, %',
      y: 'bad images that are found, %',
      areaName: 'AUROC',
      integratedTo: null,
      curves: of(({ image }) => ({ points: image.roc, area: image.auroc })),
    }) ?? missing('ROC, images', 'it takes good and bad images'),
    curveChart({
      title: 'ROC, pixels',
      x: 'good pixels that are alarms, %',
      y: 'bad pixels that are found, %',
      areaName: 'AUROC',
      integratedTo: null,
      curves: of(({ pixel }) => ({ points: pixel?.roc ?? [], area: pixel?.auroc ?? null })),
    }) ?? missing('ROC, pixels', 'there are no masks'),
    curveChart({
      title: 'PRO, regions',
      x: 'good pixels that are alarms, %',
      y: 'mean share of a region found, %',
      areaName: 'AUPRO',
      integratedTo: 0.3,
      curves: of(({ pixel }) => ({ points: pixel?.pro ?? [], area: pixel?.aupro ?? null })),
    }) ?? missing('PRO, regions', 'there are no masks'),
  ]
}

const missing = (title: string, why: string): Html =>
  html`<figure class="chart"><figcaption>${title}</figcaption><p class="none">Not drawn: ${why}.</p></figure>`

const modelPart = (model: CategoryOf, { name, place, rate }: CategorySection): Html => {
  const { category } = model
  const suggestions = suggestionsOf(category, rate)
  const line = `rate-${place}-${model.place}`
  const at = (suggestion: { readonly score: string } | null): number | null =>
    suggestion && Number(suggestion.score)
  return html`
<h3>${model.name}</h3>
<div class="thresholds">
${histogram('Scores', category.scored, [
  { id: `${line}-f1max`, label: 'F1-max', at: at(suggestions.f1max) },
  { id: line, label: `false alarms ≤ ${percent(rate)}`, at: at(suggestions.rate) },
  { id: `${line}-quantile`, label: '99 % of the good', at: at(suggestions.quantile) },
])}
<div>${thresholdTable(suggestions, {
    title: `${model.name} on ${name}`,
    line,
    rate,
    file: thresholdFile(model, name),
  })}</div>
</div>
${worstCases(model)}`
}

/** As `writeResults` names it. */
const thresholdFile = ({ details }: CategoryOf, category: string): string => {
  const names = categoriesOf(details).map(([name]) => name)
  return `threshold-${uniqueFileNames(names)[names.indexOf(category)]}.json`
}
