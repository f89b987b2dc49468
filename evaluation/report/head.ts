import { modelName } from './charts/index.ts'
import { type Html, html } from './html.ts'
import { countsOf, type Shown } from './reported.ts'
import { table } from './table.ts'

/** What was evaluated, on what, and how. */
export const head = (shown: readonly Shown[], categories: readonly string[]): Html => {
  const { dataset, root } = shown[0]!.details
  return html`<header>
<h1>Evaluation on ${root}</h1>
<p>Data set layout <code>${dataset}</code>, ${categories.length === 1 ? '1 category' : `${categories.length} categories`}.</p>
${table(
  'Models',
  html`<thead><tr><th scope="col">model</th><th scope="col">method</th><th scope="col">version</th><th scope="col">input</th><th scope="col" class="number">good images</th><th scope="col" class="number">bad images</th><th scope="col" class="number">not read</th><th scope="col">images of a category</th><th scope="col">AUPRO</th></tr></thead>
<tbody>${shown.map(rowOf)}</tbody>`,
)}
<nav aria-label="Contents"><ul>
<li><a href="#summary">Summary</a></li>
<li><a href="#published">Published figures</a></li>
<li><a href="#per-category">Per category</a></li>
${categories.map((name, i) => html`<li><a href="#category-${i}">${name}</a></li>`)}
<li><a href="#unread">Not read</a></li>
<li><a href="#words">What the words mean</a></li>
</ul></nav>
</header>`
}

const rowOf = (shown: Shown): Html => {
  const { details } = shown
  const { good, bad, failed } = countsOf(Object.values(details.categories))
  const { model, limit, aupro } = details
  return html`<tr><th scope="row">${modelName(shown)}</th><td>${model.method}</td><td><code>${model.version}</code></td><td>${model.imageSize} × ${model.imageSize} px</td><td class="number">${good}</td><td class="number">${bad}</td><td class="number">${failed + details.problems.length}</td><td>${limit === null ? 'all' : `${limit} at most`}</td><td>${aupro === 'reference' ? 'exact and reference' : 'exact'}</td></tr>`
}
