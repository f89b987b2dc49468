import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Reported, reportPage } from '../../../evaluation/report/index.ts'
import { caseOf, categoryOf, detailsOf, reportedOf } from './details.ts'

const plain = (): Reported => reportedOf(detailsOf({ nut: categoryOf([0.1, 0.3], [0.2, 0.9]) }))

const hostile = '</script><script>alert(1)</script>"\'><img src=x onerror=alert(2)>'

const contents = (page: string, tag: string): string[] =>
  [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text!)

describe('the page of the report', () => {
  it('is the same for the same input', () => assert.equal(reportPage([plain()]), reportPage([plain()])))

  it('takes every name and reason for text', () => {
    const { details } = plain()
    const category = categoryOf([0.1, 0.3], [0.2, 0.9], {
      className: hostile,
      failed: [{ name: hostile, reason: hostile }],
      worst: { misses: [caseOf(hostile, hostile)], falseAlarms: [] },
    })
    const page = reportPage([
      {
        name: hostile,
        details: {
          ...details,
          dataset: hostile,
          root: hostile,
          model: { ...details.model, method: hostile, version: hostile },
          categories: Object.fromEntries([
            [hostile, category],
            ['__proto__', categoryOf([0.1], [0.2])],
          ]),
          problems: [hostile],
        },
        pictures: new Map(),
      },
    ])
    assert.ok(page.includes('&lt;/script&gt;&lt;script&gt;alert(1)'))
    assert.ok(!page.includes('alert(1)</script>'))
    assert.ok(!page.includes('<img'))
    assert.equal(contents(page, 'script').length, 1)
  })

  it('allows its own script and style by their hashes, and nothing from anywhere', () => {
    const page = reportPage([plain()])
    const [policy] = /(?<=Content-Security-Policy" content=")[^"]+/.exec(page)!
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    const [script, style] = [contents(page, 'script')[0]!, contents(page, 'style')[0]!]
    assert.equal(
      policy.replaceAll('&#39;', "'"),
      `default-src 'none'; img-src data:; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
    )
    assert.ok(!/ (style|on\w+)="/.test(page))
    assert.ok(!/(src|srcset|data)="(?!data:)/.test(page))
  })

  it('shows pictures from within itself, and says which are missing or no pictures', () => {
    const worst = { misses: [caseOf('bad/1.png')], falseAlarms: [] }
    const details = detailsOf({ nut: categoryOf([0.1], [0.2], { worst }) })
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
    const pictures = new Map([
      ['worst/a-image.jpg', jpeg],
      ['worst/a-truth.jpg', new TextEncoder().encode('<svg/>')],
    ])
    const page = reportPage([reportedOf(details, pictures)])
    assert.ok(page.includes('<img src="data:image/jpeg;base64,/9j/4A==" alt="image of bad/1.png">'))
    assert.ok(page.includes('missing: worst/a-truth.jpg'))
    assert.ok(page.includes('missing: worst/a-map.jpg'))
  })

  it('hides nothing that could not be read', () => {
    const failed = [{ name: 'bad/7.png', reason: 'IMAGE_DAMAGED: cut off' }]
    const details = detailsOf(
      { nut: categoryOf([0.1], [0.2], { failed }) },
      { problems: ['a mask is missing'] },
    )
    const page = reportPage([reportedOf(details)])
    assert.match(page, /<b>nano<\/b>: 2 problems/)
    assert.match(
      page,
      /counts in no figure above, .*mask alone is missing counts among images, but not among pixels/,
    )
    assert.ok(page.includes('<li>a mask is missing</li>'))
    assert.ok(page.includes('<li>nut: bad/7.png: IMAGE_DAMAGED: cut off</li>'))
  })

  it('warns of thresholds on scores that sort no better than chance', () => {
    const page = (good: number[], bad: number[]) =>
      reportPage([reportedOf(detailsOf({ nut: categoryOf(good, bad) }))])
    assert.match(page([0.1, 0.9], [0.2, 0.8]), /no better than tossing a coin \(image AUROC 50 %\)/)
    assert.doesNotMatch(page([0.1, 0.3], [0.2, 0.9]), /tossing a coin \(image/)
    assert.doesNotMatch(page([0.1], []), /tossing a coin \(image/)
  })

  it('says that too few good images cannot vouch for a rate, and how many can', () => {
    const few = reportPage([plain()])
    assert.match(few, /<p class="warning" data-best="[\d.]+">2 good images cannot vouch .*299<\/span>/)
    const many = categoryOf(
      Array.from({ length: 299 }, (_, i) => i / 1000),
      [0.9],
    )
    assert.match(
      reportPage([reportedOf(detailsOf({ nut: many }))]),
      /<p class="warning" data-best="[\d.]+" hidden>/,
    )
  })

  it('has models on different categories, and categories of one kind of image alone', () => {
    const [one, other] = [
      detailsOf({ nut: categoryOf([0.1], [0.2]) }),
      detailsOf({ wood: categoryOf([0.5], []), dust: categoryOf([], [0.5]), none: categoryOf([], []) }),
    ]
    const page = reportPage([
      { ...reportedOf(one), name: 'one' },
      { ...reportedOf(other), name: 'other' },
    ])
    for (const name of ['nut', 'wood', 'dust', 'none']) assert.ok(page.includes(`<h2>${name}</h2>`))
    assert.ok(page.includes('Not drawn: it takes good and bad images.'))
    assert.ok(!/NaN|undefined|Infinity/.test(page.slice(0, page.indexOf('<script>'))))
  })

  it('says in what the models differ from the published ones', () => {
    const page = reportPage([plain()])
    assert.match(page, /<b>nano<\/b>: another model than the published one, which takes 518 × 518 px/)
    assert.match(page, /<b>nano<\/b>: AUPRO is exact/)
    assert.match(page, /<b>nano<\/b>: 0 of 15 categories of the data set/)
    assert.match(page, /<b>nano<\/b>: the mean has 1 more than/)
    for (const not of ['--limit', '--thirds', '--class', 'is not known:']) assert.ok(!page.includes(not), not)
  })

  it('says of each method what of it was published', () => {
    const with_ = (others: Parameters<typeof detailsOf>[1], method = 'anomalyclip', imageSize = 518) =>
      reportPage([
        reportedOf(
          detailsOf(
            { nut: categoryOf([0.1], [0.2]) },
            { ...others, model: { name: 'mine', version: 'v', method, imageSize, ...others?.model } },
          ),
        ),
      ])
    const model = (url: string | null) => ({
      name: 'full',
      method: 'anomalyclip',
      version: 'v',
      imageSize: 518,
      sources: [{ role: 'clip', file: 'a.pt', url }],
    })
    const full = with_({ aupro: 'reference', limit: 10, model: model('https://example.org/a.pt') })
    for (const not of ['another model', 'AUPRO is exact', 'published ones is not known'])
      assert.ok(!full.includes(not), not)
    assert.match(full, /<b>full<\/b>: not all images were taken/)
    assert.match(with_({ model: model(null) }), /<b>full<\/b>: the model does not say where .* is not known/)
    assert.match(with_({}), /<b>mine<\/b>: the model does not say where .* is not known/)
    const winclip = with_({}, 'winclip', 240)
    for (const not of ['another model', 'AUPRO is exact']) assert.ok(!winclip.includes(not), not)
    assert.match(with_({}, 'winclip', 518), /another model than the published one, which takes 240 × 240 px/)
    assert.match(with_({ dataset: 'sdd', thirds: false }), /paper cut each into three \(--thirds\)/)
    assert.ok(!with_({ dataset: 'sdd', thirds: true }).includes('--thirds'))
    assert.match(with_({ chosenClass: 'nut' }, 'winclip'), /was chosen \(--class nut\)/)
  })

  it('gives every source of a published figure, and no figure without one', () => {
    const page = reportPage([plain()])
    assert.match(page, /<li id="source-1">Zhou et al\., .*arXiv 2310\.18961/)
    assert.match(page, /<li id="source-2">.*log\.txt/)
    const published = [...page.matchAll(/<tr class="published">.*?<\/tr>/gs)].map(([row]) => row)
    assert.equal(published.length, 7)
    for (const row of published) {
      assert.match(row, /href="#source-\d"/)
      for (const [cell] of row.matchAll(/<td[^>]*>\d/g)) assert.match(cell, /title="\w/)
    }
  })

  it('has no script beyond the file that is linted', () => {
    const file = join(import.meta.dirname, '../../../evaluation/report/browser/report.js')
    assert.deepEqual(contents(reportPage([plain()]), 'script'), [readFileSync(file, 'utf8')])
  })
})
