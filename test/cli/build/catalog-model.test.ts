import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buildCatalogModel, type CatalogBuildOptions } from '../../../cli/build/catalog-model.ts'
import { isCodedError } from '../../../errors/index.ts'
import type { CatalogModel } from '../../../models/catalog.ts'
import { readManifest, verifyFiles } from '../../../models/open.ts'
import { sha256Of } from '../../../models/sha256.ts'
import { goldenConfig, goldenFolder } from '../../support/golden.ts'
import { inNewFolder } from '../anomalyclip.ts'

const golden = goldenFolder('tiny-b')
const config = goldenConfig('tiny-b')
const FILES: Readonly<Record<string, string>> = {
  '/ViT-tiny.pt': join(golden, 'clip-torchscript.pt'),
  '/checkpoints/9_12/epoch_15.pth': join(golden, 'prompts.pth'),
}

/** As `git hash-object` does it. */
const gitBlobOf = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

describe('building a model of the catalogue', () => {
  let server: Server
  let requests: string[]
  let model: CatalogModel

  before(async () => {
    server = createServer(async (request, response) => {
      requests.push(request.url!)
      const file = FILES[request.url!]
      if (file === undefined) response.writeHead(404).end()
      else response.end(await readFile(file))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const published = { aboutMegabytes: 8, licence: 'MIT', source: base }
    model = {
      name: 'anomalyclip-tiny',
      method: 'anomalyclip',
      purpose: 'tests',
      imageSize: config.image_size,
      dpamLayers: config.dpam - 1,
      features: config.features,
      sigma: config.sigma,
      clip: {
        ...published,
        role: 'clip',
        title: 'CLIP',
        file: 'ViT-tiny.pt',
        url: `${base}/ViT-tiny.pt`,
        sha256: createHash('sha256')
          .update(await readFile(join(golden, 'clip-torchscript.pt')))
          .digest('hex'),
      },
      prompts: {
        ...published,
        role: 'prompts',
        title: 'prompts',
        file: '9_12/epoch_15.pth',
        url: `${base}/checkpoints/9_12/epoch_15.pth`,
        gitBlob: gitBlobOf(await readFile(join(golden, 'prompts.pth'))),
      },
    }
  })
  beforeEach(() => {
    requests = []
  })
  after(() => server.close())

  const optionsIn = (folder: string, more: Partial<CatalogBuildOptions> = {}): CatalogBuildOptions => ({
    cacheDir: join(folder, 'cache'),
    output: join(folder, 'model'),
    progress: { show: () => {}, end: () => {} },
    signal: new AbortController().signal,
    ...more,
  })

  it('fetches the weights, builds with the published settings and records where they came from', async () => {
    await inNewFolder(async (folder) => {
      const shown: string[] = []
      const progress = { show: (title: string) => void shown.push(title), end: () => {} }
      await buildCatalogModel(model, optionsIn(folder, { progress }))
      const manifest = await readManifest(join(folder, 'model'))
      await verifyFiles(join(folder, 'model'), manifest)
      assert.deepEqual(
        [manifest.name, manifest.imageSize, manifest.dpamLayers, manifest.features, manifest.sigma],
        [model.name, 64, 4, [2, 4, 6], 2],
      )
      assert.deepEqual(
        manifest.sources.map(({ role, file, url, licence }) => ({ role, file, url, licence })),
        [
          { role: 'clip', file: 'ViT-tiny.pt', url: model.clip.url, licence: 'MIT' },
          { role: 'prompts', file: 'epoch_15.pth', url: model.prompts!.url, licence: 'MIT' },
        ],
      )
      assert.equal(manifest.sources[0]!.sha256, model.clip.sha256)
      for (const title of ['fetching CLIP', 'fetching prompts', 'writing the graph'])
        assert.ok(shown.includes(title))
    })
  })

  it('builds for another image size, under a name of its own, and nothing else of it changes', async () => {
    await inNewFolder(async (folder) => {
      const own = await buildCatalogModel(model, optionsIn(folder, { imageSize: config.image_size }))
      const small = await buildCatalogModel(
        model,
        optionsIn(folder, { imageSize: 48, output: join(folder, 's') }),
      )
      assert.deepEqual([own.name, small.name], ['anomalyclip-tiny', 'anomalyclip-tiny-48px'])
      assert.notEqual(small.version, own.version)
      assert.equal(small.imageSize, 48)
      assert.deepEqual(small.sources, own.sources)
      assert.deepEqual(
        [small.dpamLayers, small.features, small.sigma],
        [own.dpamLayers, own.features, own.sigma],
      )
    })
  })

  it('keeps the tower that linear layers were learnt behind, also at the native size of its weights', async () => {
    await inNewFolder(async (folder) => {
      const from = join(import.meta.dirname, '../../fixtures/golden/april-gan/gelu-resized')
      const { prompts, dpamLayers: _, ...clip } = model
      const { activation, imageSize } = await buildCatalogModel(
        {
          ...clip,
          ...{ name: 'april-gan-tiny', method: 'april-gan', imageSize: 98, features: [2, 4, 6, 8], sigma: 0 },
          clip: {
            ...clip.clip,
            file: 'clip.safetensors',
            sha256: await sha256Of(join(from, 'clip.safetensors')),
          },
          linear: {
            ...{ ...prompts!, role: 'linear', file: 'linear.pth' },
            gitBlob: gitBlobOf(await readFile(join(from, 'linear.pth'))),
          },
        },
        optionsIn(folder, { from, imageSize: 56 }),
      )
      assert.deepEqual([activation, imageSize], ['gelu', 56])
    })
  })

  it('what was fetched once is not fetched again', async () => {
    await inNewFolder(async (folder) => {
      await buildCatalogModel(model, optionsIn(folder))
      requests = []
      await buildCatalogModel(model, optionsIn(folder, { output: join(folder, 'again') }))
      assert.deepEqual(requests, [])
    })
  })

  it('a download that does not match the catalogue builds nothing', async () => {
    await inNewFolder(async (folder) => {
      const wrong = { ...model, clip: { ...model.clip, sha256: '0'.repeat(64) } }
      await assert.rejects(buildCatalogModel(wrong, optionsIn(folder)), (error) => isCodedError(error))
      assert.ok(!(await readdir(folder)).includes('model'))
    })
  })

  for (const [layout, clip, prompts] of [
    ['as the catalogue lays them out', 'ViT-tiny.pt', '9_12/epoch_15.pth'],
    ['as in a clone of the repository', 'ViT-tiny.pt', 'checkpoints/9_12/epoch_15.pth'],
    ['lying beside each other', 'ViT-tiny.pt', 'epoch_15.pth'],
  ] as const)
    it(`takes files ${layout} from a folder, and asks the network for nothing`, async () => {
      await inNewFolder(async (folder) => {
        const from = join(folder, 'usb')
        await mkdir(join(from, prompts, '..'), { recursive: true })
        await cp(join(golden, 'clip-torchscript.pt'), join(from, clip))
        await cp(join(golden, 'prompts.pth'), join(from, prompts))
        const { name } = await buildCatalogModel(model, optionsIn(folder, { from }))
        assert.equal(name, model.name)
        assert.deepEqual(requests, [])
      })
    })

  it('a file missing in the folder is named with where to get it and where to put it', async () => {
    await inNewFolder(async (folder) => {
      const from = join(folder, 'usb')
      await mkdir(join(from, '9_12'), { recursive: true })
      await cp(join(golden, 'prompts.pth'), join(from, '9_12', 'epoch_15.pth'))
      await assert.rejects(
        buildCatalogModel(model, optionsIn(folder, { from })),
        (error: Error) =>
          isCodedError(error, 'WEIGHTS_FILE_MISSING') &&
          error.message.includes(model.clip.url) &&
          error.message.includes(join(from, 'ViT-tiny.pt')),
      )
    })
  })

  it('a file in the folder that is not the published one is refused', async () => {
    await inNewFolder(async (folder) => {
      const from = join(folder, 'usb')
      await mkdir(from)
      await cp(join(golden, 'clip-torchscript.pt'), join(from, 'ViT-tiny.pt'))
      await writeFile(join(from, 'epoch_15.pth'), 'of the other data set')
      await assert.rejects(
        buildCatalogModel(model, optionsIn(folder, { from })),
        (error: Error) => isCodedError(error) && error.message.includes(model.prompts!.gitBlob!),
      )
      assert.ok(!(await readdir(folder)).includes('model'))
    })
  })

  it('an interrupted build leaves no model', async () => {
    await inNewFolder(async (folder) => {
      const controller = new AbortController()
      const progress = {
        show: (title: string) => {
          if (title === 'writing the graph') controller.abort()
        },
        end: () => {},
      }
      await assert.rejects(
        buildCatalogModel(model, optionsIn(folder, { progress, signal: controller.signal })),
      )
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('model')),
        [],
      )
    })
  })
})
