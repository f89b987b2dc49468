import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openLooking } from '../../retraining/look.ts'

describe('the process that looks at images', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'look-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const image = { kind: 'raw', data: new Uint8Array(1), width: 1, height: 1, channels: 1 } as const
  const open = async (source: string, limitMs?: number) => {
    const entry = join(folder, 'entry.mjs')
    await writeFile(entry, source)
    return openLooking({ entry: pathToFileURL(entry), ...(limitMs === undefined ? {} : { limitMs }) })
  }

  it('takes one image with it where it ends, and is there again for the next', async () => {
    const looking = await open(`process.on('message', ({ image }) => {
      if (image.width === 2) process.kill(process.pid, 'SIGKILL')
      process.send({ looked: process.pid })
    })`)
    const first = await looking.look({ image, mask: null })
    assert.equal(await looking.look({ image, mask: null }), first, 'one process serves several')
    await assert.rejects(looking.look({ image: { ...image, width: 2 }, mask: null }), {
      code: 'IMAGE_DAMAGED',
    })
    assert.notEqual(await looking.look({ image, mask: null }), first)
    looking.close()
  })

  it('is ended where it hangs', async () => {
    const looking = await open(`process.on('message', () => {})`, 200)
    await assert.rejects(looking.look({ image, mask: null }), { code: 'IMAGE_DAMAGED' })
    looking.close()
  })
})
