import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expandInputs } from '../../../cli/detect/inputs.ts'
import { isCodedError } from '../../../errors/index.ts'
import { inNewFolder } from '../anomalyclip.ts'

describe('images on the command line', () => {
  it('a folder stands for the images directly in it, sorted, under the name it was given by', async () => {
    await inNewFolder(async (folder) => {
      await mkdir(join(folder, 'parts', 'deeper'), { recursive: true })
      for (const name of ['b.JPG', 'a.png', 'notes.txt', 'deeper/c.png'])
        await writeFile(join(folder, 'parts', name), '')
      assert.deepEqual(await expandInputs(['parts'], (given) => join(folder, given)), [
        { file: 'parts/a.png', path: join(folder, 'parts', 'a.png') },
        { file: 'parts/b.JPG', path: join(folder, 'parts', 'b.JPG') },
      ])
    })
  })

  it('a file is taken whatever its ending, in the order given', async () => {
    await inNewFolder(async (folder) => {
      for (const name of ['z.raw', 'a.png']) await writeFile(join(folder, name), '')
      const inputs = await expandInputs(['z.raw', 'a.png'], (given) => join(folder, given))
      assert.deepEqual(
        inputs.map(({ file }) => file),
        ['z.raw', 'a.png'],
      )
    })
  })

  it('what does not exist and a folder without images keep their place, with the reason', async () => {
    await inNewFolder(async (folder) => {
      await mkdir(join(folder, 'empty'))
      await writeFile(join(folder, 'a.png'), '')
      const inputs = await expandInputs(['nothing.png', 'a.png', 'empty'], (given) => join(folder, given))
      assert.deepEqual(
        inputs.map(({ file }) => file),
        ['nothing.png', 'a.png', 'empty'],
      )
      for (const at of [0, 2]) {
        const input = inputs[at]!
        assert.ok('error' in input && isCodedError(input.error, 'CLI_FILE_UNREADABLE'))
      }
    })
  })
})
