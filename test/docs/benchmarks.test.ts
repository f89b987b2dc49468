import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { keptResults, keptSoak } from '../../bench/kept.ts'
import { reportOf } from '../../bench/report.ts'

const root = resolve(import.meta.dirname, '..', '..')

describe('docs/benchmarks.md', () => {
  it('shows the figures of bench/results.json and bench/soak-results.json', async () => {
    const report = reportOf(await keptResults(), await keptSoak())
    assert.equal(await readFile(join(root, 'docs', 'benchmarks.md'), 'utf8'), report)
  })
})
