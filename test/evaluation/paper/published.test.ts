import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATASET_NAMES } from '../../../evaluation/datasets/index.ts'
import { publishedFor, publishedOn } from '../../../evaluation/paper/index.ts'

interface Figures {
  readonly image?: Readonly<Record<string, number>>
  readonly pixel?: Readonly<Record<string, number>>
}

/** The published figures as they were handed to this project, under the names that the authors use. */
const given = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/paper-results.json'), 'utf8'),
) as {
  readonly AnomalyCLIP: Readonly<Record<string, Figures>>
  readonly otherMethodsOnMVTecImage: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly releasedCheckpointLogs: Readonly<Record<string, Figures>>
}

const DATASETS: Readonly<Record<string, string>> = {
  'MVTec AD': 'mvtec',
  'CVC-ColonDB': 'colondb',
  'CVC-ClinicDB': 'clinicdb',
}
const METHODS: Readonly<Record<string, string>> = { VAND: 'april-gan' }

const datasetOf = (name: string): string => DATASETS[name] ?? name.toLowerCase()
const methodOf = (name: string): string => METHODS[name] ?? name.toLowerCase()

const rows = (isPaper: boolean): (readonly [string, Figures])[] =>
  DATASET_NAMES.flatMap((dataset) =>
    publishedOn(dataset)
      .filter(({ source }) => (source.label === 'paper') === isPaper)
      .map(({ method, figures }) => [`${method} on ${dataset}`, figures] as const),
  )

describe('the published figures', () => {
  it('are those of the paper, every one and no other', () =>
    assert.deepEqual(
      Object.fromEntries(rows(true)),
      Object.fromEntries([
        ...Object.entries(given.AnomalyCLIP).map(([name, figures]) => [
          `anomalyclip on ${datasetOf(name)}`,
          figures,
        ]),
        ...Object.entries(given.otherMethodsOnMVTecImage).map(([name, image]) => [
          `${methodOf(name)} on mvtec`,
          { image },
        ]),
      ]),
    ))

  it("are those of the released checkpoints' logs beside them", () =>
    assert.deepEqual(
      Object.fromEntries(rows(false)),
      Object.fromEntries(
        Object.entries(given.releasedCheckpointLogs).map(([name, figures]) => [
          `anomalyclip on ${datasetOf(name)}`,
          figures,
        ]),
      ),
    ))

  it('come with where they are from, the paper first', () => {
    const found = publishedFor('anomalyclip', 'visa')
    assert.deepEqual(
      found.map(({ source }) => source.label),
      ['paper', 'log of the released checkpoint'],
    )
    for (const { source } of found) assert.match(source.url, /^https:\/\/(arxiv\.org|github\.com\/zqhang)\//)
  })

  it('are none for a method or data set of which nothing is known', () => {
    assert.deepEqual(publishedFor('winclip', 'visa'), [])
    assert.deepEqual(publishedFor('anomalyclip', 'folder'), [])
  })
})
