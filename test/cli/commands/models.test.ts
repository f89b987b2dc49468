import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CATALOG } from '../../../models/catalog.ts'
import { anomalyclip, inNewFolder } from '../anomalyclip.ts'

interface Listing {
  readonly built: readonly { name: string; folder: string; usable: boolean; error?: string }[]
  readonly catalogue: readonly { name: string }[]
}

const listing = async (cwd: string): Promise<Listing> => {
  const { status, stdout } = await anomalyclip(['models', '--json'], { cwd })
  assert.equal(status, 0)
  return JSON.parse(stdout) as Listing
}

describe('anomalyclip models', () => {
  it('lists the catalogue with purpose, download size and licence', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout } = await anomalyclip(['models'], { cwd })
      assert.equal(status, 0)
      for (const { name, purpose } of CATALOG) {
        assert.ok(stdout.includes(name))
        assert.ok(stdout.includes(purpose))
      }
      assert.match(stdout, /about 956 MB to fetch, licence MIT/)
    })
  })

  it('nano is built without anybody doing anything', async () => {
    await inNewFolder(async (cwd) => {
      const { built, catalogue } = await listing(cwd)
      assert.deepEqual(
        built.map(({ name, usable }) => ({ name, usable })),
        [{ name: 'nano', usable: true }],
      )
      assert.deepEqual(
        catalogue.map(({ name }) => name),
        CATALOG.map(({ name }) => name),
      )
    })
  })

  it('a folder that cannot be read as a model is listed with the reason, and one being built not at all', async () => {
    await inNewFolder(async (cwd) => {
      const modelsDir = join(cwd, '.node-red', 'anomalyclip', 'models')
      await mkdir(join(modelsDir, 'half-copied'), { recursive: true })
      await mkdir(join(modelsDir, '.vit-l.building-4711'))
      await writeFile(join(modelsDir, 'notes.txt'), '')
      const { built } = await listing(cwd)
      assert.deepEqual(
        built.map(({ name, usable }) => ({ name, usable })),
        [
          { name: 'nano', usable: true },
          { name: 'half-copied', usable: false },
        ],
      )
      assert.match(built[1]!.error!, /^MODEL_MISSING: /)
    })
  })
})
