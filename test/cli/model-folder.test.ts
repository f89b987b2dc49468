import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { givenModelFolder } from '../../cli/model-folder.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { inNewFolder } from './anomalyclip.ts'

describe('the model that is meant', () => {
  const inPlace = (
    test: (given: (name: string | undefined) => Promise<string>, folder: string) => Promise<void>,
  ) =>
    inNewFolder(async (folder) => {
      await mkdir(join(folder, 'user', 'anomalyclip', 'models', 'built'), { recursive: true })
      const place = { userDir: join(folder, 'user'), path: (given: string) => resolve(folder, given) }
      await test((given) => givenModelFolder(given, place), folder)
    })

  it('is nano where none is given', () =>
    inPlace(async (given) => {
      assert.equal(await given(undefined), nanoModelDir())
      assert.equal(await given('nano'), nanoModelDir())
    }))

  it('goes by its name where it is built in the user folder', () =>
    inPlace(async (given, folder) => {
      assert.equal(await given('built'), join(folder, 'user', 'anomalyclip', 'models', 'built'))
      assert.equal(await given('./built'), join(folder, 'built'))
    }))

  it('is rather the folder of that name where the caller stands', () =>
    inPlace(async (given, folder) => {
      await mkdir(join(folder, 'built'))
      await mkdir(join(folder, 'nano'))
      assert.equal(await given('built'), join(folder, 'built'))
      assert.equal(await given('nano'), join(folder, 'nano'))
    }))

  it('is a path where nothing goes by that name, so that the error names the place that was looked at', () =>
    inPlace(async (given, folder) => {
      assert.equal(await given('nothing'), join(folder, 'nothing'))
      assert.equal(await given('..'), resolve(folder, '..'))
    }))
})
