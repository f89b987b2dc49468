import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

/** .ci/run with a stand-in for npm, and with the Debian packages there. */
describe('.ci/run', () => {
  let checkout: string

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'ci-'))
    for (const folder of ['.ci', 'bin']) mkdirSync(join(checkout, folder))
    cpSync(join(root, '.ci/run'), join(checkout, '.ci/run'))
    for (const command of ['mosquitto', 'mosquitto_pub', 'chromium', 'openssl']) write(command, '')
  })
  afterEach(() => rmSync(checkout, { recursive: true }))

  const write = (command: string, script: string) =>
    writeFileSync(join(checkout, 'bin', command), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

  /** @param test what `npm test` does, in sh */
  const runWith = (test: string, install = 'echo installed') => {
    write('npm', `if [ "$1" = ci ]; then ${install}; else ${test}; fi`)
    const env = { ...process.env, PATH: `${join(checkout, 'bin')}:${process.env.PATH}` }
    const { status, stdout } = spawnSync(join(checkout, '.ci/run'), { encoding: 'utf8', env })
    return { status, last: stdout.trimEnd().split('\n').at(-1) }
  }

  it('closes with the tally of the tests', () =>
    assert.deepEqual(runWith('echo; echo "12 passed, 0 failed"'), { status: 0, last: '12 passed, 0 failed' }))

  it('says how many tests were skipped', () =>
    assert.equal(runWith('echo "12 passed, 0 failed, 1 skipped"').last, '12 passed, 0 failed, 1 skipped'))

  it('fails when tests fail, with the tally behind the last words of npm', () =>
    assert.deepEqual(runWith('echo "11 passed, 1 failed"; echo "npm error code 1" >&2; exit 1'), {
      status: 1,
      last: '11 passed, 1 failed',
    }))

  it('fails without a tally when the build or a check has failed', () => {
    const { status, last } = runWith('echo "a.ts(1,1): error TS2307" >&2; exit 2')
    assert.equal(status, 2)
    assert.doesNotMatch(last!, /passed/)
  })

  it('fails without a tally when nothing could be installed', () => {
    const { status, last } = runWith('echo "12 passed, 0 failed"', 'exit 3')
    assert.equal(status, 3)
    assert.doesNotMatch(last ?? '', /passed/)
  })

  it('does not take a success without any tests for one', () => assert.equal(runWith('true').status, 1))
})
