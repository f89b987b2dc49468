import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { reportOf } from '../../bench/report.ts'
import type { Results } from '../../bench/results.ts'

const root = resolve(import.meta.dirname, '..', '..')

describe('docs/benchmarks.md', () => {
  it('shows the figures of bench/results.json', async () => {
    const results = JSON.parse(await readFile(join(root, 'bench', 'results.json'), 'utf8')) as Results
    assert.equal(await readFile(join(root, 'docs', 'benchmarks.md'), 'utf8'), reportOf(results))
  })
})
