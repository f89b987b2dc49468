import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

describe('the report of the tests', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reporter-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = (tests: string) => {
    const file = join(folder, 'some.test.cjs')
    writeFileSync(file, tests)
    const options = ['--no-config', '--reporter', join(root, 'test/support/reporter.ts')]
    const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), ...options, file]
    const { status, stdout } = spawnSync(process.execPath, mocha, { encoding: 'utf8' })
    return { status, last: stdout.split('\n').at(-2) }
  }

  it('closes with the numbers of passed and failed tests', () =>
    assert.deepEqual(run("it('a', () => {}); it('b', () => {}); it('c', () => { throw new Error('no') })"), {
      status: 1,
      last: '2 passed, 1 failed',
    }))

  it('names skipped tests too', () =>
    assert.deepEqual(run("it('a', () => {}); it('later')"), {
      status: 0,
      last: '1 passed, 0 failed, 1 skipped',
    }))

  it('counts a failed hook as a failure', () => {
    const { status, last } = run("before(() => { throw new Error('no') }); it('a', () => {})")
    assert.equal(status, 1)
    assert.match(last!, /^0 passed, 1 failed/)
  })
})
