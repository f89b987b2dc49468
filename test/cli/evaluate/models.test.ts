import assert from 'node:assert/strict'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { chosenModels } from '../../../cli/evaluate/models.ts'
import { modelFolder } from '../../../engine/index.ts'
import { inNewFolder } from '../anomalyclip.ts'

/** Writes a model folder that has a manifest alone: nothing is run here. */
const modelAt = async (folder: string, change: object): Promise<void> => {
  const manifest: object = JSON.parse(await readFile(join(modelFolder('nano', '/'), 'model.json'), 'utf8'))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, ...change }))
}

describe('models to evaluate', () => {
  const inPlace = (
    work: (
      choose: (given?: string[], methods?: string[]) => ReturnType<typeof chosenModels>,
      folder: string,
    ) => Promise<void>,
  ) =>
    inNewFolder(async (folder) => {
      const userDir = join(folder, 'user')
      const built = (name: string) => join(userDir, 'anomalyclip', 'models', name)
      await modelAt(built('plain'), { name: 'plain', method: 'clip' })
      await modelAt(built('windows'), { name: 'windows', method: 'winclip' })
      await mkdir(built('damaged'))
      const surroundings = { userDir, path: (given: string) => resolve(folder, given) }
      await work((given, methods) => chosenModels(given, methods, surroundings), folder)
    })
  const named = (models: Awaited<ReturnType<typeof chosenModels>>) => models.map(({ name }) => name)

  it('are nano where nothing is said, and else those given, in their order, each once', () =>
    inPlace(async (choose, folder) => {
      const [alone, ...others] = await choose()
      assert.deepEqual([alone?.name, alone?.folder], ['nano', modelFolder('nano', folder)])
      assert.deepEqual(others, [])
      assert.deepEqual(named(await choose(['windows', 'nano', 'windows'])), ['windows', 'nano'])
    }))

  it('have names that differ, none of them that of the cache', () =>
    inPlace(async (choose, folder) => {
      await cp(modelFolder('nano', folder), join(folder, 'copy'), { recursive: true })
      await modelAt(join(folder, 'odd'), { name: 'cache' })
      await modelAt(join(folder, 'up'), { name: '../../up' })
      assert.deepEqual(named(await choose(['nano', './copy', './odd', './up'])), [
        'nano',
        'nano-2',
        'cache-2',
        '__.._up',
      ])
    }))

  it('are of the methods asked for: of those given, or of all that are built', () =>
    inPlace(async (choose) => {
      assert.deepEqual(named(await choose(undefined, ['clip', 'winclip'])), ['plain', 'windows'])
      assert.deepEqual(named(await choose(['nano', 'windows'], ['clip', 'winclip'])), ['windows'])
    }))

  it('are EVALUATION_MODELS with those that there are where none is left', () =>
    inPlace(async (choose) => {
      await assert.rejects(choose(undefined, ['coop']), {
        code: 'EVALUATION_MODELS',
        message: /of the method coop; there are nano \(anomalyclip\), plain \(clip\), windows \(winclip\)/,
      })
    }))

  it('are refused where one that was given is none', () =>
    inPlace(async (choose) => {
      await assert.rejects(choose(['nano', './nothing']), { code: 'MODEL_MISSING' })
    }))
})
