import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPixelTally } from '../../../evaluation/metrics/index.ts'
import { startTallyThread, type TallyThread } from '../../../evaluation/run/tally.ts'

const SIDE = 32
const square = { width: SIDE, height: SIDE }
const map = (seed: number) => ({
  ...square,
  data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => ((i * 37 + seed * 11) % 101) / 101),
})
const mask = (seed: number) => ({
  ...square,
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => ((i + seed) % 5 === 0 ? 1 : 0)),
})

describe('pixels counted in a thread', () => {
  let folder: string
  let thread: TallyThread
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tally-'))
    thread = startTallyThread(folder)
  })
  afterEach(async () => {
    await thread.end()
    await rm(folder, { recursive: true })
  })

  it('are measured as they are without one, also side by side, and nothing is left on the disk', async () => {
    const expected = (seeds: readonly number[]) => {
      const here = startPixelTally({ folder })
      for (const seed of seeds) here.add(map(seed), mask(seed))
      const measured = here.measure('exact')
      here.close()
      return measured
    }
    const [first, second] = [thread.start(), thread.start()]
    await Promise.all([first.add(map(1), mask(1)), second.add(map(4), mask(4))])
    await first.add(map(2), mask(2))
    const measured = first.measure('exact')
    await second.add(map(3), mask(3))
    assert.deepEqual(await measured, expected([1, 2]))
    await first.close()
    assert.deepEqual(await second.measure('exact'), expected([4, 3]))
    await second.close()
    assert.deepEqual(await readdir(folder), [])
  })

  it('are as many as there are, while a bounded number waits', async () => {
    const tally = thread.start()
    for (let seed = 0; seed < 100; seed++) await tally.add(map(seed), mask(seed))
    const whole = await tally.measure('exact')
    const some = thread.start()
    for (let seed = 0; seed < 99; seed++) await some.add(map(seed), mask(seed))
    assert.notDeepEqual(await some.measure('exact'), whole)
  })

  it('are refused with the code that they would be refused with here', async () => {
    const tally = thread.start()
    await tally.add(map(1), { width: 1, height: 1, data: Uint8Array.of(1) })
    await assert.rejects(tally.measure('exact'), {
      code: 'EVALUATION_MAP',
      message: /^EVALUATION_MAP: the mask has 1 × 1 pixels/,
    })
  })

  it('leaves a mask with nothing in it to its owner, and says what is wrong with its size', async () => {
    const tally = thread.start()
    const clean = { width: 1, height: 1, data: new Uint8Array(1) }
    await tally.add(map(1), clean)
    assert.equal(clean.data.length, 1)
    await assert.rejects(tally.measure('exact'), { code: 'EVALUATION_MAP', message: /the mask has 1 × 1/ })
  })

  it('gives each call its own answer after one that could not be made', async () => {
    const tally = thread.start()
    const gone = map(1)
    structuredClone(gone, { transfer: [gone.data.buffer as ArrayBuffer] })
    await tally.add(gone, mask(1))
    await assert.rejects(tally.measure('exact'), { name: 'DataCloneError' })
    const other = thread.start()
    await other.add(map(1), mask(1))
    assert.notEqual((await other.measure('exact')).auroc, null)
  })

  it('can be given up at any time, which ends the thread and the calls that wait', async () => {
    const tally = thread.start()
    await tally.add(map(1), mask(1))
    const refused = assert.rejects(tally.measure('exact'), {
      code: 'EVALUATION_OUTPUT',
      message: /has ended/,
    })
    await thread.end()
    await refused
    await assert.rejects(tally.measure('exact'), { code: 'EVALUATION_OUTPUT' })
  })

  it('need a folder that is there', async () => {
    const nowhere = startTallyThread(join(folder, 'nothing'))
    const tally = nowhere.start()
    await tally.add(map(1), mask(1))
    await assert.rejects(tally.measure('exact'), { code: 'EVALUATION_DISK' })
    await nowhere.end()
  })
})
