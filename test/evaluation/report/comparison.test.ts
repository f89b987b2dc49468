import assert from 'node:assert/strict'
import { compare } from '../../../evaluation/report/comparison.ts'
import { shownOf } from '../../../evaluation/report/reported.ts'
import { categoryOf, detailsOf, reportedOf } from './details.ts'

/** Image AUROC 3/4 and 1. */
const CATEGORIES = { nut: categoryOf([0.1, 0.3], [0.2, 0.9]), wood: categoryOf([0.1], [0.2]) }

const comparisonOf = (others: Parameters<typeof detailsOf>[1]) =>
  compare(shownOf([reportedOf(detailsOf(CATEGORIES, others))]))

const model = (method: string) => ({ name: 'mine', method, version: 'v', imageSize: 518 })

describe('the comparison with published figures', () => {
  it('takes the mean over the categories, and the difference in percentage points', () => {
    const [own] = comparisonOf({}).models
    assert.equal(own?.ours[0], 0.875)
    const [paper, logs] = own!.against
    assert.equal(paper?.figures[0], 91.5)
    assert.ok(Math.abs(paper!.difference[0]! - -4) < 1e-9)
    assert.equal(logs?.figures[0], 91.6)
  })

  it('leaves empty what nobody knows, of either side', () => {
    const [paper] = comparisonOf({}).models[0]!.against
    assert.deepEqual(paper?.figures, [91.5, 96.2, null, 91.1, 81.4, null, null])
    assert.deepEqual(paper?.difference.slice(2), [null, null, null, null, null])
  })

  it('holds the published AUPRO against ours of the published kind, where there is one', () => {
    const nut = CATEGORIES.nut
    const pixel = { auroc: 0.9, ap: 0.5, f1max: 0.5, aupro: 0.7, auproReference: 0.8 }
    const { columns, models } = compare(
      shownOf([reportedOf(detailsOf({ nut: { ...nut, metrics: { ...nut.metrics, pixel } } }))]),
    )
    const place = columns.findIndex(({ metric }) => metric === 'auproReference')
    const { ours, against } = models[0]!
    assert.deepEqual(ours.slice(place - 1, place + 1), [0.7, 0.8])
    assert.deepEqual(against[0]!.figures.slice(place - 1, place + 1), [null, 81.4])
  })

  it('holds a model against its own method, and names the methods that were not measured', () => {
    const { models, others } = comparisonOf({ model: model('winclip') })
    assert.deepEqual(
      models[0]?.against.map(({ figures }) => figures[0]),
      [91.8],
    )
    assert.deepEqual(
      [...new Set(others.map(({ published }) => published.method))],
      ['anomalyclip', 'clip', 'clip-ac', 'april-gan', 'coop'],
    )
  })

  it('has nothing to say of images of one’s own', () => {
    const { models, others } = comparisonOf({ dataset: 'folder' })
    assert.deepEqual(models[0]?.against, [])
    assert.deepEqual(others, [])
  })
})
