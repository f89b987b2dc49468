import { equal, ok } from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { coreCount } from '../../models/cores.ts'

describe('counting cores', () => {
  /** Linux with the given processors, each with those that share its core, in a process that may use some of them. */
  const linux = (siblings: Record<number, string>, allowed: string) => (path: string) => {
    if (path === '/proc/self/status')
      return `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\n`
    const processor = Number(/cpu(\d+)\/topology/.exec(path)?.[1])
    if (siblings[processor] === undefined) throw new Error(`ENOENT: ${path}`)
    return `${siblings[processor]}\n`
  }
  const twoTwins = linux({ 0: '0,2', 1: '1,3', 2: '0,2', 3: '1,3' }, '0-3')

  it('counts a core with two threads once', () => {
    equal(coreCount(twoTwins, 4), 2)
  })

  it('counts the cores of a virtual machine as Linux sees them', () => {
    equal(coreCount(linux({ 0: '0', 1: '1' }, '0-1'), 2), 2)
  })

  it('counts no core that the process may not use', () => {
    equal(coreCount(linux({ 0: '0', 2: '2', 3: '3', 8: '8' }, '2-3,8'), 8), 3)
  })

  it('counts no more than a quota gives time for', () => {
    equal(coreCount(twoTwins, 1), 1)
  })

  it('passes over processors that are allowed and not there, as in a virtual machine that can be given more', () => {
    equal(coreCount(linux({ 0: '0', 1: '1' }, '0-127'), 2), 2)
  })

  it('leaves the counting to onnxruntime where the system does not say', () => {
    const silent = () => {
      throw new Error('ENOENT')
    }
    equal(coreCount(silent, 8), 0)
    equal(coreCount(linux({}, '0-1'), 2), 0)
  })

  it('finds at least one core of this machine, and no more than it has processors', function () {
    if (process.platform !== 'linux') this.skip()
    ok(coreCount() >= 1 && coreCount() <= availableParallelism())
  })
})
