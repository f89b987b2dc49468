import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPixelTally } from '../../../evaluation/metrics/index.ts'
import { type TallyThreads, tallyThreads } from '../../../evaluation/run/tally.ts'

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
  let threads: TallyThreads
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tally-'))
    threads = tallyThreads(folder)
  })
  afterEach(async () => {
    await threads.close()
    await rm(folder, { recursive: true })
  })

  it('are measured as they are without one, also side by side and one after the other', async () => {
    const expected = async (seeds: readonly number[]) => {
      const here = startPixelTally({ folder })
      for (const seed of seeds) here.add(map(seed), mask(seed))
      const measured = here.measure('exact')
      here.close()
      return measured
    }
    const [first, second] = [await threads.start(), await threads.start()]
    await Promise.all([first.add(map(1), mask(1)), second.add(map(4), mask(4))])
    await first.add(map(2), mask(2))
    assert.deepEqual(await first.measure('exact'), await expected([1, 2]))
    await first.close()
    const third = await threads.start()
    await third.add(map(3), mask(3))
    assert.deepEqual(await third.measure('exact'), await expected([3]))
    assert.deepEqual(await second.measure('exact'), await expected([4]))
    await second.close()
    await third.close()
    assert.deepEqual(await readdir(folder), [])
  })

  it('are refused with the code that they would be refused with here, and the next ones are counted', async () => {
    const tally = await threads.start()
    await assert.rejects(tally.add(map(1), { width: 1, height: 1, data: Uint8Array.of(1) }), {
      code: 'EVALUATION_MAP',
      message: /^EVALUATION_MAP: the mask has 1 × 1 pixels/,
    })
    await tally.add(map(1), mask(1))
    assert.ok((await tally.measure('exact')).aupro! > 0)
    await tally.close()
  })

  it('can be given up at any time, which ends the thread and the call that it works on', async () => {
    const tally = await threads.start()
    await tally.add(map(1), mask(1))
    const refused = assert.rejects(tally.measure('exact'), {
      code: 'EVALUATION_OUTPUT',
      message: /has ended/,
    })
    await tally.close()
    await refused
    await assert.rejects(tally.add(map(1), mask(1)), { code: 'EVALUATION_OUTPUT' })
    await (await threads.start()).add(map(1), mask(1))
  })

  it('need a folder that is there', async () => {
    await assert.rejects(tallyThreads(join(folder, 'nothing')).start(), { code: 'EVALUATION_DISK' })
  })
})
