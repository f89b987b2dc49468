import assert from 'node:assert/strict'
import type { Engine, EngineOptions } from '../../engine/index.ts'
import { faulty } from '../support/engine/faults.ts'
import { grey } from '../support/engine/images.ts'
import { startStub, statusWhere } from '../support/engine/stub-engine.ts'

/** These use real processes, ended as the operating system or native code would end them. */
describe('an engine whose process dies', () => {
  let engine: Engine
  const start = (options: Partial<EngineOptions> = {}) => {
    engine = startStub(options)
    return engine
  }
  afterEach(() => engine.close())

  it('loses no image when the process is killed in the middle of one', async () => {
    const { infer, status } = start({ batch: { maxImages: 2 } })
    const slow = infer({ image: faulty('slow') })
    const others = [51, 102, 153, 204].map((level) => infer({ image: grey(level) }))
    const { pid } = await statusWhere(engine, ({ running }) => running > 0)
    process.kill(pid!, 'SIGKILL')
    await slow
    assert.deepEqual(
      (await Promise.all(others)).map(({ score }) => score),
      [0.2, 0.4, 0.6, 0.8],
    )
    assert.equal(status().restarts, 1)
    assert.notEqual(status().pid, pid)
  })

  it('rejects an image that kills its process a second time, and no other', async () => {
    const { infer, status } = start({ batch: { maxImages: 4 } })
    const poison = infer({ image: faulty('exits') })
    const good = [51, 102, 153].map((level) => infer({ image: grey(level) }))
    await assert.rejects(poison, {
      code: 'ENGINE_CRASHED',
      message: /exited with code 3.*a stub has fallen over/s,
    })
    await Promise.all(good)
    assert.equal(status().restarts, 2)
    assert.deepEqual([status().done, status().failed], [3, 1])
  })

  it('names the signal that ended it', async () => {
    const { infer } = start()
    await assert.rejects(infer({ image: faulty('killed') }), { code: 'ENGINE_CRASHED', message: /SIGKILL/ })
  })

  it('ends a process that hangs, and goes on with the other images', async () => {
    const { infer } = start({ jobTimeoutMs: 300, batch: { maxImages: 1 } })
    const hanging = infer({ image: faulty('hangs') })
    const next = infer({ image: grey(51) })
    await assert.rejects(hanging, { code: 'ENGINE_TIMEOUT' })
    assert.equal((await next).score, 0.2)
  })

  it('is not one whose terminal or service manager signals the whole group: that is for the flow to act on', async () => {
    const { infer, status } = start()
    await infer({ image: grey(51) })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(status().pid!, signal)
    await infer({ image: faulty('slow') })
    assert.equal(status().restarts, 0)
  })
})

describe('an engine whose model fails', () => {
  let engine: Engine
  beforeEach(() => {
    engine = startStub()
  })
  afterEach(() => engine.close())

  it('rejects the image with a coded error and keeps its process', async () => {
    await assert.rejects(engine.infer({ image: faulty('throws') }), {
      code: 'ENGINE_INFERENCE',
      message: /no such operator/,
    })
    await engine.infer({ image: grey(51) })
    assert.equal(engine.status().restarts, 0)
  })

  it('passes on a score that is not a finite number as what it is', async () => {
    const { score } = await engine.infer({ image: faulty('notFinite') })
    assert.ok(Number.isNaN(score))
  })

  it('runs the images of a batch one by one when the batch fails', async () => {
    const results = [faulty('refusedInBatches'), grey(51), faulty('throws')].map((image) =>
      engine.infer({ image }),
    )
    const settled = await Promise.allSettled(results)
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
  })
})
