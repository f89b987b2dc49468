import assert from 'node:assert/strict'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../engine/index.ts'
import { addClasses } from '../../models/add-classes.ts'
import { type BuildOptions, buildModel } from '../../models/build.ts'
import { MANIFEST_FILE } from '../../models/manifest.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'
import { readTextFeatures } from '../../models/text-features.ts'
import { goldenFolder, largestDifference } from '../support/golden.ts'

const CLIP = join(goldenFolder('tiny-b'), 'clip.safetensors')
const OTHER_CLIP = join(goldenFolder('tiny-a'), 'clip.safetensors')
const IMAGE = join(goldenFolder('tiny-b'), 'image.png')

describe('adding class names to a model folder', () => {
  let above: string
  let folder: string
  beforeEach(async () => {
    above = await fs.mkdtemp(join(tmpdir(), 'classes-'))
    folder = join(above, 'model')
  })
  afterEach(() => fs.rm(above, { recursive: true }))

  const build = (options: Partial<BuildOptions> = {}, output = folder) =>
    buildModel({ method: 'clip', clip: CLIP, classNames: ['bottle'], imageSize: 64, output, ...options })

  /** That the folder can be used as it is. */
  const whole = async (at: string) => {
    const manifest = await readManifest(at)
    await verifyFiles(at, manifest)
    return { manifest, features: await readTextFeatures(at, manifest.text!) }
  }

  const contents = async (at: string) =>
    Object.fromEntries(
      await Promise.all(
        (await fs.readdir(at)).sort().map(async (name) => {
          const { mtimeMs, ino } = await fs.stat(join(at, name))
          return [name, { mtimeMs, ino }]
        }),
      ),
    )

  for (const [method, extra] of [
    ['clip', {}],
    ['coop', { prompts: join(goldenFolder('coop'), 'on-tiny-b', 'context.pth') }],
  ] as const)
    it(`gives a ${method} model the features that it would have had from its build`, async () => {
      const before = await build({ method, ...extra })
      const { manifest, added } = await addClasses(folder, { clip: CLIP, classNames: ['metal_nut', 'pill'] })
      assert.deepEqual(added, ['metal nut', 'pill'])
      assert.deepEqual(await readManifest(folder), manifest)
      const { features } = await whole(folder)
      assert.deepEqual([...features.keys()], ['bottle', 'metal nut', 'pill'])
      assert.deepEqual(
        { ...manifest, text: null, files: null },
        { ...before, text: null, files: null },
        'the version and everything else is as before',
      )
      assert.equal(manifest.text!.defaultClass, 'bottle')
      assert.equal(manifest.text!.file, before.text!.file)
      const other = join(above, 'built')
      await build({ method, ...extra, classNames: ['bottle', 'metal nut', 'pill'] }, other)
      const { features: built } = await whole(other)
      for (const [name, expected] of built) assert.deepEqual(features.get(name), expected, name)
      assert.deepEqual(await fs.readdir(folder), await fs.readdir(other), 'nothing else lies in the folder')
    })

  it('keeps the underscores of a method that does', async () => {
    await build({ method: 'winclip' })
    const { added } = await addClasses(folder, { clip: CLIP, classNames: ['metal_nut'] })
    assert.deepEqual(added, ['metal_nut'])
  })

  it('changes nothing where the names are there, whatever weights are named', async () => {
    await build({ classNames: ['bottle', 'metal nut'] })
    const before = await contents(folder)
    const { added } = await addClasses(folder, { clip: 'none', classNames: ['metal_nut', 'bottle'] })
    assert.deepEqual(added, [])
    assert.deepEqual(await contents(folder), before)
  })

  const refused: [string, { build?: Partial<BuildOptions>; clip?: string; add?: string }, string, RegExp][] =
    [
      ['other weights, naming both', { clip: OTHER_CLIP }, 'MODEL_SOURCE', /sha256 \w{64}.*sha256 \w{64}/],
      ['weights that are not there', { clip: '/no/clip.pt' }, 'WEIGHTS_FILE_MISSING', /clip\.pt/],
      ['an empty name', { add: ' _ ' }, 'MODEL_OPTIONS', /empty/],
      [
        'a name that no tensor can have',
        { build: { method: 'winclip' }, add: '__metadata__' },
        'MODEL_OPTIONS',
        /__metadata__/,
      ],
      ['a name that is too long', { add: 'nut '.repeat(80) }, 'TEXT_TOO_LONG', /tokens/],
    ]
  for (const [what, { build: options, clip = CLIP, add = 'pill' }, code, message] of refused)
    it(`refuses ${what}, and leaves the folder as it was`, async () => {
      await build(options)
      const before = await contents(folder)
      await assert.rejects(addClasses(folder, { clip, classNames: [add] }), { code, message })
      assert.deepEqual(await contents(folder), before)
    })

  it('refuses a model of a method that takes no class names, and says which do', async () => {
    await buildModel({
      method: 'anomalyclip',
      clip: CLIP,
      prompts: join(goldenFolder('tiny-b'), 'prompts.pth'),
      imageSize: 64,
      output: folder,
    })
    await assert.rejects(addClasses(folder, { clip: CLIP, classNames: ['pill'] }), {
      code: 'MODEL_CLASS',
      message: /clip, clip-ac, winclip, april-gan, coop/,
    })
  })

  it('refuses text features that were changed', async () => {
    await build()
    await fs.appendFile(join(folder, 'text.safetensors'), ' ')
    await assert.rejects(addClasses(folder, { clip: CLIP, classNames: ['pill'] }), { code: 'MODEL_CORRUPT' })
  })

  it('a full disk is a coded error, and the folder is as it was', async () => {
    await build()
    const before = await contents(folder)
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { syscall: 'write' })
    const spy = spyOn('copyFile', () => Promise.reject(full))
    try {
      await assert.rejects(addClasses(folder, { clip: CLIP, classNames: ['pill'] }), { code: 'MODEL_OUTPUT' })
    } finally {
      spy.restore()
    }
    assert.deepEqual(await contents(folder), before)
  })

  for (const [moment, times] of [
    ['while the files are held to the manifest', 1],
    ['while the features are computed', 2],
  ] as const)
    it(`keeps what somebody else adds ${moment}`, async () => {
      await build()
      let reads = 0
      const spy = spyOn('readFile', async (call, path) => {
        if (!String(path).endsWith(MANIFEST_FILE)) return call()
        if (++reads !== times) return call()
        // The first manifest is read before the other adds, and the second, which is compared with it, after.
        const early = times === 1 ? await call() : undefined
        await addClasses(folder, { clip: CLIP, classNames: ['fuse'] })
        return early ?? call()
      })
      try {
        const { added } = await addClasses(folder, { clip: CLIP, classNames: ['zipper'] })
        assert.deepEqual(added, ['zipper'])
      } finally {
        spy.restore()
      }
      assert.deepEqual((await whole(folder)).manifest.text!.classNames, ['bottle', 'fuse', 'zipper'])
    })

  it('is whole at every moment, with the classes of before or the new ones', async () => {
    await build()
    const seen = new Set<number>()
    let moments = 0
    const look = async () => {
      const copy = join(above, 'as a kill would leave it')
      await fs.cp(folder, copy, { recursive: true })
      const { manifest, features } = await whole(copy)
      assert.deepEqual([...features.keys()], manifest.text!.classNames)
      seen.add(features.size)
      moments++
      // From here on, too, the next name gets in, and the folder is as if nothing had happened.
      await addClasses(copy, { clip: CLIP, classNames: ['pill'] })
      assert.equal((await whole(copy)).manifest.text!.file, 'text.safetensors')
      const left = (await fs.readdir(copy)).filter((name) => /^text-/.test(name))
      if (manifest.text!.file !== 'text.safetensors') assert.deepEqual(left, [])
      await fs.rm(copy, { recursive: true })
    }
    const changing = ['open', 'writeFile', 'copyFile', 'rename', 'rm'] as const
    let isLooking = false
    const spies = changing.map((name) =>
      spyOn(name, async (call) => {
        if (isLooking) return call()
        const result = await call()
        isLooking = true
        await look()
        isLooking = false
        return result
      }),
    )
    try {
      await addClasses(folder, { clip: CLIP, classNames: ['metal nut'] })
    } finally {
      for (const spy of spies) spy.restore()
    }
    assert.deepEqual([...seen], [1, 2])
    assert.ok(moments >= 7, `${moments} moments`)
  })

  it('an engine that runs goes on with the classes of before, and one that starts has the new ones', async () => {
    await build()
    const image = { kind: 'encoded', data: await fs.readFile(IMAGE) } as const
    const early = startEngine({ model: folder })
    try {
      await early.ready
      await addClasses(folder, { clip: CLIP, classNames: ['metal nut'] })
      assert.equal((await early.infer({ image })).className, 'bottle')
      await assert.rejects(early.infer({ image, className: 'metal_nut' }), { code: 'MODEL_CLASS' })
    } finally {
      await early.close()
    }
    const late = startEngine({ model: folder })
    try {
      const [bottle, nut] = await Promise.all([
        late.infer({ image }),
        late.infer({ image, className: 'metal_nut' }),
      ])
      assert.deepEqual([bottle.className, nut.className], ['bottle', 'metal nut'])
      assert.ok(largestDifference(bottle.map.data, nut.map.data) > 1e-4)
    } finally {
      await late.close()
    }
  })
})

type Changing = 'open' | 'writeFile' | 'copyFile' | 'rename' | 'rm' | 'readFile'

/** Puts `around` around a function of node:fs/promises, for every module, until it is restored. */
const spyOn = (name: Changing, around: (call: () => Promise<unknown>, path: unknown) => Promise<unknown>) => {
  const original = fs[name] as (...args: unknown[]) => Promise<unknown>
  // Node keeps what it finds when it loads `cp` later on, so that the replacement itself has to end.
  let isOn = true
  const put = (replacement: unknown) => {
    Object.assign(fs, { [name]: replacement })
    syncBuiltinESMExports()
  }
  put((...args: unknown[]) => (isOn ? around(() => original(...args), args[0]) : original(...args)))
  return {
    restore: () => {
      isOn = false
      put(original)
    },
  }
}
