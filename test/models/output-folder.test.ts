import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MANIFEST_FILE } from '../../models/manifest.ts'
import { makeWhole } from '../../models/output-folder.ts'

describe('a folder that appears whole or not at all', () => {
  let folder: string
  let output: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'output-'))
    output = join(folder, 'model')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const fillWith = (text: string) => async (into: string) => {
    await writeFile(join(into, MANIFEST_FILE), text)
    return text
  }
  const held = () => readFile(join(output, MANIFEST_FILE), 'utf8')

  it('takes the place of an earlier one, and what fills it gives the result', async () => {
    await makeWhole(output, fillWith('first'))
    assert.equal(await makeWhole(output, fillWith('second')), 'second')
    assert.equal(await held(), 'second')
    assert.deepEqual(await readdir(folder), ['model'])
  })

  it('leaves the earlier one as it was when filling fails', async () => {
    await makeWhole(output, fillWith('first'))
    await assert.rejects(
      makeWhole(output, async (into) => {
        await fillWith('half')(into)
        throw new Error('no more')
      }),
      { message: 'no more' },
    )
    assert.equal(await held(), 'first')
    assert.deepEqual(await readdir(folder), ['model'])
  })

  it('puts the earlier one back when the new one cannot be moved into its place', async () => {
    await makeWhole(output, fillWith('first'))
    await assert.rejects(
      makeWhole(output, (into) => rm(into, { recursive: true })),
      { code: 'MODEL_OUTPUT' },
    )
    assert.equal(await held(), 'first')
    assert.deepEqual(await readdir(folder), ['model'])
  })

  it('gives way to nobody who filled the place in the meantime', async () => {
    await makeWhole(output, async (into) => {
      await mkdir(output)
      await writeFile(join(output, MANIFEST_FILE), 'of another build')
      await fillWith('last')(into)
    })
    assert.equal(await held(), 'last')
    assert.deepEqual(await readdir(folder), ['model'])
  })

  it('refuses a place under a file with a code and what to do', async () => {
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(makeWhole(join(folder, 'file', 'deep', 'model'), fillWith('')), {
      code: 'MODEL_OUTPUT',
      message: /ENOTDIR.*Name a folder/,
    })
  })

  it('reports a full disk while filling as a fault of the place', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    })
    await assert.rejects(
      makeWhole(output, () => Promise.reject(full)),
      {
        code: 'MODEL_OUTPUT',
        message: /no space left/,
      },
    )
    assert.deepEqual(await readdir(folder), [])
  })
})
