import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CategoryDetails,
  categoriesOf,
  type Details,
  readDetails,
  readEvaluation,
  resultsFrom,
  writeComparison,
  writeResults,
} from '../../../evaluation/results/index.ts'

const image = {
  auroc: 0.75,
  ap: 1 / 3,
  f1max: 0.5,
  f1Threshold: 0.1,
  aupro: null,
  roc: [
    [0, 0],
    [0.5, 1],
  ],
  pro: [],
} as const

const nut: CategoryDetails = {
  className: 'metal nut',
  metrics: {
    image: { auroc: 0.75, ap: 1 / 3, f1max: 0.5 },
    pixel: { auroc: null, ap: null, f1max: null, aupro: null },
  },
  image,
  pixel: null,
  scored: [
    { name: 'nut/test/good/0.png', label: 0, score: 0.1, peak: 0.2 },
    { name: 'nut/test/bent/0.png', label: 1, score: 0.3, peak: 0.4 },
  ],
  failed: [{ name: 'nut/test/good/1.png', reason: 'IMAGE_FORMAT: no image' }],
  threshold: {
    format: 'anomalyclip-threshold',
    version: 1,
    score: 0.1,
    warning: null,
    pixel: 0.2,
    minArea: 0,
    goodParts: 1,
    falseRejectBound: 1,
    model: { name: 'nano', version: 'b50b21a28a57' },
  },
  worst: {
    misses: [
      {
        name: 'nut/test/bent/0.png',
        score: 0.3,
        image: 'worst/nut-miss-1-image.jpg',
        truth: null,
        map: 'worst/nut-miss-1-map.jpg',
      },
    ],
    falseAlarms: [],
  },
}

const DETAILS: Details = {
  format: 'anomalyclip-evaluation',
  version: 1,
  dataset: 'mvtec',
  root: 'mvtec_ad',
  model: { name: 'nano', method: 'anomalyclip', version: 'b50b21a28a57', imageSize: 224 },
  aupro: 'exact',
  limit: 10,
  categories: { nut },
  problems: ['DATASET_LIST: a row makes no sense.'],
}

describe('what an evaluation leaves', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'details-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const refused = async (content: unknown, message: RegExp): Promise<void> => {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(folder, 'details.json'), text)
    await assert.rejects(readDetails(folder), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'EVALUATION_DETAILS')
      assert.ok(error.message.includes(join(folder, 'details.json')))
      assert.match(error.message, message)
      return true
    })
  }

  it('is read as it was written', async () => {
    const sources = [{ role: 'clip', file: 'a.pt', url: null }]
    const more = { ...DETAILS, model: { ...DETAILS.model, sources }, thirds: true, chosenClass: 'nut' }
    await writeResults(folder, more)
    assert.deepEqual(await readDetails(folder), more)
    await writeResults(folder, DETAILS)
    assert.deepEqual(await readDetails(folder), DETAILS)
    assert.deepEqual((await readdir(folder)).sort(), [
      'details.json',
      'results.csv',
      'results.json',
      'scores.csv',
      'threshold-nut.json',
    ])
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')), {
      categories: { nut: nut.metrics },
      mean: nut.metrics,
    })
    assert.match(
      await readFile(join(folder, 'scores.csv'), 'utf8'),
      /\r\nnut,nut\/test\/bent\/0\.png,bad,0\.3,0\.4\r\n$/,
    )
  })

  it('has the categories in the order of the data set, also of names that are numbers', async () => {
    const order = ['10', 'nut', '2']
    await writeResults(folder, { ...DETAILS, order, categories: { '2': nut, '10': nut, nut } })
    assert.deepEqual(
      categoriesOf(await readDetails(folder)).map(([name]) => name),
      order,
    )
    assert.match(
      await readFile(join(folder, 'scores.csv'), 'utf8'),
      /\r\n10,.*\r\n10,.*\r\nnut,.*\r\nnut,.*\r\n2,/,
    )
  })

  it('keeps thresholds of categories apart whose names no file can have', async () => {
    await writeResults(folder, { ...DETAILS, categories: { 'a/b': nut, 'a:b': nut } })
    const thresholds = (await readdir(folder)).filter((name) => name.startsWith('threshold'))
    assert.deepEqual(thresholds.sort(), ['threshold-a_b-2.json', 'threshold-a_b.json'])
  })

  it('is named with its place where it is missing, cut off or no details', async () => {
    await assert.rejects(readDetails(join(folder, 'nothing')), {
      code: 'EVALUATION_DETAILS',
      message: /nothing.details\.json cannot be read .*expected the output folder of "anomalyclip evaluate"/,
    })
    await refused(JSON.stringify(DETAILS).slice(0, -9), /is not JSON/)
    await refused([], /the whole is \[\], expected an object/)
    await refused({ ...DETAILS, version: 2 }, /"version" is 2, expected 1/)
    await refused({ ...DETAILS, format: 'coco' }, /"format" is "coco", expected "anomalyclip-evaluation"/)
  })

  it('is refused with the place of a value that is none', async () => {
    const withNut = (change: object) => ({ ...DETAILS, categories: { nut: { ...nut, ...change } } })
    await refused(withNut({ failed: {} }), /"categories\.nut\.failed" is \{\}, expected a list/)
    await refused(
      withNut({ scored: [{ ...nut.scored[0], label: 2 }] }),
      /"categories\.nut\.scored\.0\.label" is 2, expected 0 or 1/,
    )
    await refused(
      withNut({ image: { ...image, auroc: 'x' } }),
      /"categories\.nut\.image\.auroc" is "x", expected a number/,
    )
    await refused(
      withNut({ image: { ...image, roc: [[0, 0, 0]] } }),
      /"categories\.nut\.image\.roc\.0" is no point/,
    )
    await refused(withNut({ threshold: { ...nut.threshold, score: 7 } }), /"score" is 7/)
    await refused({ ...DETAILS, problems: undefined }, /"problems" is missing, expected a list/)
  })

  it('takes no picture from elsewhere', async () => {
    for (const picture of [
      '../secret.jpg',
      '/etc/passwd',
      'worst/../../a.jpg',
      'worst/a\\..\\b.jpg',
      'worst/a.png',
    ]) {
      const worst = { misses: [{ ...nut.worst.misses[0], image: picture }], falseAlarms: [] }
      await refused(
        { ...DETAILS, categories: { nut: { ...nut, worst } } },
        /"categories\.nut\.worst\.misses\.0\.image" is .*, expected the name of a JPEG in the folder worst/,
      )
    }
  })

  it('is found by its output folder, of one model and of several', async () => {
    await writeResults(folder, DETAILS)
    assert.deepEqual(await readEvaluation(folder), [{ name: 'nano', folder, details: DETAILS }])
    const names = ['b', '10', '2', 'a']
    for (const name of names) {
      await mkdir(join(folder, name))
      await writeResults(join(folder, name), DETAILS)
    }
    await writeComparison(
      folder,
      names.map((name) => ({ name, results: resultsFrom(DETAILS) })),
    )
    assert.deepEqual(
      await readEvaluation(folder),
      names.map((name) => ({ name, folder: join(folder, name), details: DETAILS })),
    )
    assert.match(
      await readFile(join(folder, 'results.csv'), 'utf8'),
      /^model,category,image_auroc,.*\r\nb,nut,0\.75,.*\r\nb,mean of 1,.*\r\n10,nut,/,
    )
  })

  it('is read from below its output folder alone', async () => {
    await writeFile(join(folder, 'results.json'), JSON.stringify({ models: { '../elsewhere': {} } }))
    await assert.rejects(readEvaluation(folder), (error: Error) => {
      assert.ok(error.message.includes(join(folder, '_')), error.message)
      return true
    })
    await writeFile(join(folder, 'results.json'), '{"models": 1}')
    await assert.rejects(readEvaluation(folder), {
      code: 'EVALUATION_DETAILS',
      message: /"models" is 1, expected an object/,
    })
  })

  it('is EVALUATION_OUTPUT where it cannot be written', async () => {
    await assert.rejects(writeResults(join(folder, 'nothing'), DETAILS), {
      code: 'EVALUATION_OUTPUT',
      message: /details\.json could not be written/,
    })
  })
})
