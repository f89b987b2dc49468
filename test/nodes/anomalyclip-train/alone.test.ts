import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '../../../connect/store/index.ts'
import { alone } from '../../../nodes/anomalyclip-train/alone.ts'

describe('the folder of a training', () => {
  let home: string
  let folder: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'alone-'))
    folder = join(home, 'training', 'line')
  })
  afterEach(() => rm(home, { recursive: true }))

  it('is of one Node-RED at a time, until its training ends, well or not', async () => {
    const ending = Promise.withResolvers<string>()
    const began = Promise.withResolvers<void>()
    const training = alone(folder, () => {
      began.resolve()
      return ending.promise
    })
    await began.promise
    await assert.rejects(
      alone(folder, async () => assert.fail('the other one would be cleared away')),
      { code: 'RETRAINING_BUSY' },
    )
    ending.reject(new Error('failed'))
    await assert.rejects(training, /failed/)
    assert.equal(await alone(folder, async () => 'done'), 'done')
    lockFolder(folder)?.()
  })

  it('is refused where it cannot be made', async () => {
    await writeFile(join(home, 'training'), 'a file')
    await assert.rejects(
      alone(folder, async () => {}),
      { code: 'RETRAINING_OUTPUT' },
    )
  })
})
