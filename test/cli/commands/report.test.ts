import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultsFrom, writeComparison, writeResults } from '../../../evaluation/results/index.ts'
import { caseOf, categoryOf, detailsOf } from '../../evaluation/report/details.ts'
import { anomalyclip, inNewFolder } from '../anomalyclip.ts'

const details = detailsOf({ nut: categoryOf([0.1, 0.3], [0.2, 0.9]) })

const named = (name: string, dataset: string) => ({
  ...details,
  dataset,
  model: { ...details.model, name },
})

describe('anomalyclip report', () => {
  it('writes the page of one model, in ./evaluation unless told', () =>
    inNewFolder(async (cwd) => {
      const output = join(cwd, 'evaluation')
      await mkdir(output)
      await writeResults(output, details)
      const { status, stdout, stderr } = await anomalyclip(['report'], { cwd })
      assert.equal(status, 0, stderr)
      assert.equal(stdout, `${join(output, 'report.html')}\n`)
      assert.match(await readFile(join(output, 'report.html'), 'utf8'), /<h1>Evaluation on parts<\/h1>/)
    }))

  it('says what to run where there is no evaluation', () =>
    inNewFolder(async (cwd) => {
      const { status, stderr } = await anomalyclip(['report', 'nothing'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /EVALUATION_DETAILS: .*run "anomalyclip evaluate"/)
    }))

  it('refuses the details of another version', () =>
    inNewFolder(async (cwd) => {
      await writeResults(cwd, details)
      await writeFile(join(cwd, 'details.json'), JSON.stringify({ ...details, version: 2 }))
      const { status, stderr } = await anomalyclip(['report', '.'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /EVALUATION_DETAILS: .*"version" is 2, expected 1/)
    }))

  it('refuses models on different data sets, whose means say nothing beside each other', () =>
    inNewFolder(async (cwd) => {
      const models = { a: named('a', 'mvtec'), b: named('b', 'visa') }
      for (const [name, each] of Object.entries(models)) {
        await mkdir(join(cwd, name))
        await writeResults(join(cwd, name), each)
      }
      await writeComparison(
        cwd,
        Object.entries(models).map(([name, each]) => ({ name, results: resultsFrom(each) })),
      )
      const { status, stderr } = await anomalyclip(['report', '.'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /EVALUATION_DETAILS: .*different data sets \("mvtec", "visa"\)/)
    }))

  it('names the pictures that are missing, and shows a gap for each', () =>
    inNewFolder(async (cwd) => {
      const worst = { misses: [caseOf('bad/1.png')], falseAlarms: [] }
      const category = categoryOf([0.1], [0.2], { worst })
      await writeResults(cwd, detailsOf({ nut: category }))
      const { status, stderr } = await anomalyclip(['report', '.'], { cwd })
      assert.equal(status, 1)
      for (const what of ['image', 'truth', 'map'])
        assert.match(stderr, new RegExp(`worst/a-${what}\\.jpg is missing`))
      assert.match(await readFile(join(cwd, 'report.html'), 'utf8'), /missing: worst\/a-map\.jpg/)
    }))
})
