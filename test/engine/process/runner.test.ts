import assert from 'node:assert/strict'
import type { Backend } from '../../../engine/backends/types.ts'
import { type BatchRunner, batchRunner } from '../../../engine/process/runner.ts'
import { codedError, messageOf } from '../../../errors/index.ts'

const BAD = 99

/** A backend that takes so many images at a time, and none of the colour BAD. */
const setUp = (most = Number.POSITIVE_INFINITY) => {
  const sizes: number[] = []
  const told: unknown[] = []
  const backend: Backend = {
    device: 'fake',
    run: async (images) => {
      sizes.push(images.length)
      if (images.length > most) throw codedError('ENGINE_INFERENCE', 'too many')
      if (images.some(([level]) => level === BAD)) throw codedError('ENGINE_INFERENCE', 'bad')
      return images.map(([level]) => ({ score: level!, map: new Float32Array() }))
    },
    close: async () => {},
  }
  const runner = batchRunner(backend, (images, thrown) => told.push([images, messageOf(thrown)]))
  const run = async (levels: readonly number[]) => {
    sizes.length = 0
    return { found: await outcomesOf(runner.startBatch(), levels), sizes: [...sizes] }
  }
  return { run, told }
}

/** Scores, one an image, or what it failed with. */
const outcomesOf = async (runs: BatchRunner, levels: readonly number[]) => {
  const found: unknown[] = []
  const images = levels.map((level) => Uint8Array.of(level))
  for await (const outcome of runs.run(images, null)) {
    assert.equal(outcome.first, found.length)
    if ('thrown' in outcome)
      found.push(...new Array(outcome.count).fill((outcome.thrown as { code: string }).code))
    else found.push(...outcome.predictions.map(({ score }) => score))
  }
  return found
}

describe('images that are run together', () => {
  it('go one by one where they are too many, and half as many together after the second time, which is said', async () => {
    const { run, told } = setUp(2)
    for (const many of [[], [[2, 'ENGINE_INFERENCE: too many']]]) {
      assert.deepEqual(await run([1, 2, 3, 4]), { found: [1, 2, 3, 4], sizes: [4, 1, 1, 1, 1] })
      assert.deepEqual(told, many)
    }
    assert.deepEqual((await run([5, 6, 7, 8, 9])).sizes, [2, 2, 1])
    assert.equal(told.length, 1)
  })

  it('are fewer and fewer until the model takes them', async () => {
    const { run, told } = setUp(1)
    for (let turn = 0; turn < 2; turn++) await run([1, 2, 3, 4])
    assert.deepEqual((await run([1, 2, 3, 4])).sizes, [2, 1, 1, 2, 1, 1])
    assert.deepEqual((await run([1, 2, 3, 4])).sizes, [1, 1, 1, 1])
    assert.equal(told.length, 2)
  })

  it('go together again after a refusal that has passed', async () => {
    const sizes: number[] = []
    let isShort = true
    const backend: Backend = {
      device: 'fake',
      run: async (images) => {
        sizes.push(images.length)
        if (isShort && images.length > 1) throw codedError('ENGINE_INFERENCE', 'no memory')
        return images.map(() => ({ score: 0, map: new Float32Array() }))
      },
      close: async () => {},
    }
    const { startBatch } = batchRunner(backend, () => assert.fail())
    for (const next of [true, false, true, false]) {
      isShort = next
      await outcomesOf(startBatch(), [1, 2])
    }
    assert.deepEqual(sizes, [2, 1, 1, 2, 2, 1, 1, 2])
  })

  it('go one by one where one of them is bad, which alone fails, and together the next time', async () => {
    const { run, told } = setUp()
    assert.deepEqual(await run([1, BAD, 3]), { found: [1, 'ENGINE_INFERENCE', 3], sizes: [3, 1, 1, 1] })
    assert.deepEqual((await run([1, 2, 3])).sizes, [3])
    assert.deepEqual(told, [])
  })

  it('fail together where the server is away', async () => {
    let runs = 0
    const backend: Backend = {
      device: 'fake',
      run: async () => {
        runs += 1
        throw codedError('ENGINE_SERVER_AWAY', 'away')
      },
      close: async () => {},
    }
    const { startBatch } = batchRunner(backend, () => assert.fail())
    assert.deepEqual(await outcomesOf(startBatch(), [1, 2]), ['ENGINE_SERVER_AWAY', 'ENGINE_SERVER_AWAY'])
    assert.equal(runs, 1)
  })

  it('have the time of one batch on a server, until its progress is told', async () => {
    let batches = 0
    const { startBatch } = batchRunner(
      {
        device: 'fake',
        startBatch: () => {
          batches += 1
          return async (images) => images.map(() => ({ score: batches, map: new Float32Array() }))
        },
        watch: () => {},
        close: async () => {},
      },
      () => {},
    )
    const runs = startBatch()
    assert.deepEqual([await outcomesOf(runs, [1, 2]), await outcomesOf(runs, [3])], [[1, 1], [1]])
    runs.renew()
    assert.deepEqual(await outcomesOf(runs, [4]), [2])
  })
})
