import type { WorstCase } from '../results/index.ts'
import { type Html, html } from './html.ts'
import { dataUri } from './picture.ts'
import type { CategoryOf } from './reported.ts'
import { scoreText } from './words.ts'

/** The worst misses and false alarms of one model: image, truth and map beside each other. */
export const worstCases = ({ name, category: { worst }, pictures }: CategoryOf): Html => html`
${casesOf(`Worst misses of ${name}: the bad images with the lowest scores`, worst.misses, { pictures, untold: 'no mask' })}
${casesOf(`Worst false alarms of ${name}: the good images with the highest scores`, worst.falseAlarms, { pictures, untold: 'good' })}`

const casesOf = (
  title: string,
  cases: readonly WorstCase[],
  { pictures, untold }: { readonly pictures: CategoryOf['pictures']; readonly untold: string },
): Html | null =>
  cases.length === 0
    ? null
    : html`<h4>${title}</h4>
<ul class="cases">${cases.map(
        ({ name, score, image, truth, map }) => html`<li>
<p><code>${name}</code> <span>score ${scoreText(score)}</span></p>
<div class="triple">
${picture('image', name, image, pictures)}
${truth === null ? html`<figure><div class="none">${untold}</div><figcaption>truth</figcaption></figure>` : picture('truth', name, truth, pictures)}
${picture('map', name, map, pictures)}
</div>
</li>`,
      )}</ul>`

const picture = (kind: string, name: string, file: string, pictures: CategoryOf['pictures']): Html => {
  const uri = dataUri(pictures.get(file))
  return html`<figure>${
    uri === null
      ? html`<div class="none">missing: ${file}</div>`
      : html`<img src="${uri}" alt="${kind} of ${name}">`
  }<figcaption>${kind}</figcaption></figure>`
}
