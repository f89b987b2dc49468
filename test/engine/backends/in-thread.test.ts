import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openInThread } from '../../../engine/backends/in-thread.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'

const SIDE = 224
const options = { device: 'cpu', threads: 0, imageSize: SIDE } as const
const graph = join(nanoModelDir(), 'model.onnx')
const plain = (level: number) => new Uint8Array(SIDE * SIDE * 3).fill(level)

describe('a graph in a thread of its own', () => {
  it('leaves this thread free while it runs', async () => {
    const backend = await openInThread(graph, options)
    const running = backend
      .run(
        Array.from({ length: 16 }, () => plain(9)),
        null,
      )
      .then(() => 'run')
    const ticked = new Promise((resolve) => setImmediate(resolve)).then(() => 'tick')
    assert.equal(await Promise.race([running, ticked]), 'tick')
    assert.equal(await running, 'run')
    await backend.close()
  })

  it('answers calls in their order, with a map of its own for each image, and leaves the images alone', async () => {
    const backend = await openInThread(graph, options)
    const [dark, light] = [plain(0), plain(200)]
    const [both, one] = await Promise.all([backend.run([dark, light], null), backend.run([light], null)])
    assert.equal(both.length, 2)
    assert.ok(both.every(({ map }) => map.length === SIDE * SIDE && map.byteOffset === 0))
    assert.ok(Math.abs(both[1]!.score - one[0]!.score) < 1e-5)
    assert.notEqual(both[0]!.score, both[1]!.score)
    assert.equal(light.length, SIDE * SIDE * 3)
    await backend.close()
  })

  it('says why it could not be loaded, and another one can be afterwards', async () => {
    await assert.rejects(openInThread(join(nanoModelDir(), 'nothing.onnx'), options), { code: 'ENGINE_LOAD' })
    const backend = await openInThread(graph, options)
    await backend.close()
  })

  it('has ended its thread by the time it says so: the next one is not to run beside it', async () => {
    let isThere = false
    process.once('worker', (thread) => {
      isThere = true
      thread.once('exit', () => {
        isThere = false
      })
    })
    const opening = openInThread(join(nanoModelDir(), 'nothing.onnx'), options)
    process.nextTick(() => assert.ok(isThere))
    await assert.rejects(opening, { code: 'ENGINE_LOAD' })
    assert.equal(isThere, false)
  })

  it('says what a graph throws, and goes on', async () => {
    const backend = await openInThread(graph, options)
    await assert.rejects(backend.run([new Uint8Array(SIDE * SIDE * 3 + 1)], null), {
      code: 'ENGINE_INFERENCE',
    })
    assert.equal((await backend.run([plain(1)], null)).length, 1)
    await backend.close()
  })
})
