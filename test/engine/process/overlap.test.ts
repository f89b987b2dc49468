import assert from 'node:assert/strict'
import { overlapped } from '../../../engine/process/overlap.ts'

/** Work in two stages that ends when the test says so. */
const setUp = () => {
  const stages = overlapped()
  const log: string[] = []
  const open = new Map<string, PromiseWithResolvers<void>>()
  const stage = async (name: string): Promise<void> => {
    log.push(name)
    const end = Promise.withResolvers<void>()
    open.set(name, end)
    await end.promise
  }
  const start = (name: string) => {
    const done = stages(
      () => stage(`decode ${name}`).then(() => name),
      (prepared) => stage(`run ${prepared}`),
    )
    done.catch(() => {})
    return done
  }
  /** Lets what has become possible begin. */
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const end = async (name: string): Promise<void> => {
    await settled()
    open.get(name)!.resolve()
    await settled()
  }
  const fail = async (name: string): Promise<void> => {
    await settled()
    open.get(name)!.reject(new Error(name))
    await settled()
  }
  return { log, start, end, fail, settled }
}

describe('two stages that overlap', () => {
  it('prepare the next batch while one runs, and never more than one ahead', async () => {
    const { log, start, end, settled } = setUp()
    for (const name of ['a', 'b', 'c']) void start(name)
    await settled()
    assert.deepEqual(log, ['decode a'])
    await end('decode a')
    assert.deepEqual(log, ['decode a', 'run a', 'decode b'])
    await end('decode b')
    assert.deepEqual(log, ['decode a', 'run a', 'decode b'], 'b waits for the model, c for b')
    await end('run a')
    assert.deepEqual(log.slice(3), ['run b', 'decode c'])
  })

  it('keep the order, though a later batch is prepared sooner than an earlier one has run', async () => {
    const { log, start, end } = setUp()
    const results: string[] = []
    for (const name of ['a', 'b']) void start(name).then(() => results.push(name))
    for (const name of ['decode a', 'decode b', 'run a', 'run b']) await end(name)
    assert.deepEqual(log, ['decode a', 'run a', 'decode b', 'run b'])
    assert.deepEqual(results, ['a', 'b'])
  })

  it('go on behind a batch that fails in either stage, which rejects alone', async () => {
    const { start, end, fail } = setUp()
    const [a, b, c] = ['a', 'b', 'c'].map(start)
    await end('decode a')
    await fail('run a')
    await assert.rejects(a!, /run a/)
    await fail('decode b')
    await assert.rejects(b!, /decode b/)
    await end('decode c')
    await end('run c')
    await c
  })
})
