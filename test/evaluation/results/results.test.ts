import assert from 'node:assert/strict'
import { type CategoryMetrics, csvOf, resultsOf, tableRows } from '../../../evaluation/results/index.ts'

const NOTHING = { auroc: null, ap: null, f1max: null }

const wood: CategoryMetrics = {
  image: { auroc: 0.9, ap: 0.8, f1max: 0.7 },
  pixel: { auroc: 0.95, ap: 0.5, f1max: 0.55, aupro: 0.85 },
}
const scans: CategoryMetrics = {
  image: { auroc: 0.7, ap: 0.6, f1max: 0.5 },
  pixel: { ...NOTHING, aupro: null },
}

describe('results of an evaluation', () => {
  it('have means over the categories in which each metric could be computed', () => {
    const { mean } = resultsOf([
      ['wood', wood],
      ['scans', scans],
    ])
    assert.ok(Math.abs(mean.image.auroc! - 0.8) < 1e-12)
    assert.ok(Math.abs(mean.image.ap! - 0.7) < 1e-12)
    assert.deepEqual(mean.pixel, wood.pixel)
  })

  it('have a mean of null where no category could compute it', () => {
    assert.equal(resultsOf([['scans', scans]]).mean.pixel.aupro, null)
    assert.equal(resultsOf([]).mean.image.auroc, null)
  })

  it('are shown in percent, a dash where there is none', () => {
    assert.deepEqual(
      tableRows(
        resultsOf([
          ['wood', wood],
          ['scans', scans],
        ]),
      ).slice(0, 3),
      [
        [
          'category',
          'image AUROC',
          'image AP',
          'image F1-max',
          'pixel AUROC',
          'pixel AUPRO',
          'pixel AP',
          'pixel F1-max',
        ],
        ['wood', '90.0', '80.0', '70.0', '95.0', '85.0', '50.0', '55.0'],
        ['scans', '70.0', '60.0', '50.0', '–', '–', '–', '–'],
      ],
    )
  })

  it('stand in the order of the data set, with a mean that is no category', () => {
    const results = resultsOf(['10', 'mean', '2', '1'].map((name) => [name, wood]))
    const names = (rows: string[][]) => rows.map(([name]) => name)
    assert.deepEqual(names(tableRows(results)), ['category', '10', 'mean', '2', '1', 'mean of 4'])
    const csv = csvOf(results)
      .split('\r\n')
      .map((row) => row.split(','))
    assert.deepEqual(names(csv), ['category', '10', 'mean', '2', '1', 'mean of 4', ''])
  })

  it('have AUPRO of both kinds in columns of their own where both were computed', () => {
    const both = { ...wood, pixel: { ...wood.pixel, auproReference: 0.8 } }
    const results = resultsOf([['wood', both]])
    assert.deepEqual([results.mean.pixel.aupro, results.mean.pixel.auproReference], [0.85, 0.8])
    const [head, row] = tableRows(results)
    assert.deepEqual(head!.slice(5, 7), ['pixel AUPRO', 'pixel AUPRO (reference)'])
    assert.deepEqual(row!.slice(5, 7), ['85.0', '80.0'])
    assert.match(csvOf(results), /,pixel_aupro,pixel_auproReference,.*\r\nwood,.*,0\.85,0\.8,/)
    assert.ok(!('auproReference' in resultsOf([['wood', wood]]).mean.pixel))
  })

  it('are written as CSV with nothing rounded and names quoted where they need it', () => {
    const text = csvOf(resultsOf([['a "b", c', { ...scans, image: { ...scans.image, auroc: 1 / 3 } }]]))
    const [head, row, mean, end] = text.split('\r\n')
    assert.equal(
      head,
      'category,image_auroc,image_ap,image_f1max,pixel_auroc,pixel_aupro,pixel_ap,pixel_f1max',
    )
    assert.equal(row, '"a ""b"", c",0.3333333333333333,0.6,0.5,,,,')
    assert.equal(mean, 'mean of 1,0.3333333333333333,0.6,0.5,,,,')
    assert.equal(end, '')
  })
})
