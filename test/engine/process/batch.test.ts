import assert from 'node:assert/strict'
import type { RemoteBackend } from '../../../engine/backends/types.ts'
import { DEFAULT_LIMITS } from '../../../engine/image/index.ts'
import { inspectBatch } from '../../../engine/process/batch.ts'
import type { LoadedModel } from '../../../engine/process/load.ts'
import { batchRunner } from '../../../engine/process/runner.ts'
import type { BatchImage } from '../../../engine/process/types.ts'
import type { FromProcess } from '../../../engine/protocol.ts'
import { maskImages } from '../../../engine/view/index.ts'
import { grey } from '../../support/engine/images.ts'
import { EXACT } from '../../support/engine/self-test.ts'

const SIDE = 8

/** A server that notes the batches it was begun for, and what was run in them. */
const fakeServer = () => {
  const batches: number[][] = []
  const backend: RemoteBackend = {
    device: 'fake',
    startBatch: () => {
      const runs: number[] = []
      batches.push(runs)
      return async (images) => {
        runs.push(images.length)
        return images.map(() => ({ score: 0, map: new Float32Array(SIDE * SIDE) }))
      }
    },
    watch: () => {},
    close: async () => {},
  }
  const model: LoadedModel = {
    facts: { name: 'fake', method: 'none', version: '1', imageSize: SIDE },
    backend,
    report: () => ({ selfTest: EXACT, passedOver: [] }),
    textOf: (className) => ({ className, text: null }),
  }
  return { model, batches }
}

const inspect = async (images: readonly Pick<BatchImage, 'source' | 'className' | 'view'>[]) => {
  const { model, batches } = fakeServer()
  const said: FromProcess[] = []
  const batch = images.map((one, id) => ({ ...one, id, image: grey(1) }))
  const options = {
    limits: DEFAULT_LIMITS,
    maxBatch: 4,
    openMask: maskImages(DEFAULT_LIMITS),
    runner: batchRunner(model.backend, () => {}),
  }
  await inspectBatch(
    batch,
    model,
    options,
    (message) => said.push(message),
    async (prepare, run) => run(await prepare()),
  )
  return { batches, results: said.filter((message) => message.type === 'result') }
}

describe('a batch', () => {
  it('of several classes is one to the server, whose time is for all of them together', async () => {
    const { batches, results } = await inspect(
      ['a', 'b', 'a', 'c'].map((className) => ({ source: '', className, view: null })),
    )
    assert.deepEqual(batches, [[2, 1, 1]])
    assert.deepEqual(
      results.map(({ id, images }) => [id, images]),
      [
        [0, 2],
        [1, 1],
        [2, 2],
        [3, 1],
      ],
    )
  })

  it('goes on with time of its own after every inference of an image of many tiles', async () => {
    const view = { tiles: { columns: 3, rows: 2, overlap: 0 } }
    const { batches } = await inspect([
      { source: '', className: null, view: null },
      { source: '', className: null, view },
    ])
    assert.deepEqual(batches, [[1, 4], [2], []])
  })

  it("does not hold a camera's result back for another one's image of many tiles", async () => {
    const view = { tiles: { columns: 3, rows: 2, overlap: 0 } }
    const { results } = await inspect([
      { source: 'a', className: null, view },
      { source: 'b', className: null, view: null },
      { source: 'a', className: null, view: null },
    ])
    assert.deepEqual(
      results.map(({ id }) => id),
      [1, 0, 2],
    )
  })
})
