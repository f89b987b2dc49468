import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const MODULE = new URL('../../../cli/evaluate/right-of-way.ts', import.meta.url).href

describe('the right of way of a model', () => {
  it('lowers every thread of the process below it, those to come too', async function () {
    if (process.platform !== 'linux') {
      console.warn('      skipped: threads have no priority of their own here')
      return this.skip()
    }
    // In a process of its own, which cannot be raised again.
    const program = `
      import { readdirSync, readFileSync } from 'node:fs'
      import { readFile } from 'node:fs/promises'
      import { Worker } from 'node:worker_threads'
      import { giveRightOfWay } from '${MODULE}'
      await readFile('/proc/self/stat')
      giveRightOfWay()
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
      await new Promise((resolve) => worker.once('online', resolve))
      // proc(5): after the name in brackets, nice is the 17th field.
      const nice = (thread) => readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')[16]
      console.log(JSON.stringify(readdirSync('/proc/self/task').map(nice)))
      process.exit()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
    const found = JSON.parse(stdout) as string[]
    assert.ok(found.length > 4)
    assert.deepEqual([...new Set(found)], ['19'])
  })
})
