import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPixelTally } from '../../../evaluation/metrics/index.ts'
import { startTally } from '../../../evaluation/run/tally.ts'

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
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tally-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are measured as they are without one, and nothing is left on the disk', async () => {
    const here = startPixelTally({ folder })
    const there = await startTally(folder)
    for (const seed of [1, 2, 3]) {
      await here.add(map(seed), mask(seed))
      await there.add(map(seed), mask(seed))
    }
    assert.deepEqual(await there.measure('exact'), await here.measure('exact'))
    await here.close()
    await there.close()
    assert.deepEqual(await readdir(folder), [])
  })

  it('are refused with the code that they would be refused with here, and the next ones are counted', async () => {
    const tally = await startTally(folder)
    await assert.rejects(tally.add(map(1), { width: 1, height: 1, data: Uint8Array.of(1) }), {
      code: 'EVALUATION_MAP',
      message: /^EVALUATION_MAP: the mask has 1 × 1 pixels/,
    })
    await tally.add(map(1), mask(1))
    assert.ok((await tally.measure('exact')).aupro! > 0)
    await tally.close()
  })

  it('can be given up at any time, which ends the thread and the call that it works on', async () => {
    const tally = await startTally(folder)
    await tally.add(map(1), mask(1))
    const measured = tally.measure('exact')
    const refused = assert.rejects(measured, { code: 'EVALUATION_OUTPUT', message: /has ended/ })
    await tally.close()
    await refused
    await assert.rejects(tally.add(map(1), mask(1)), { code: 'EVALUATION_OUTPUT' })
    assert.deepEqual(await readdir(folder), [])
    await tally.close()
  })

  it('need a folder that is there', async () => {
    await assert.rejects(startTally(join(folder, 'nothing')), { code: 'ENOENT' })
  })
})
