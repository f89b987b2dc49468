import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import sharp from 'sharp'
import type { ImageInput } from '../../engine/index.ts'
import { layoutOf, openGathering } from '../../retraining/index.ts'

const SIDE = 8

const png = async (shade: number, side = SIDE) => ({
  kind: 'encoded' as const,
  data: await sharp({
    create: { width: side, height: side, channels: 3, background: { r: shade, g: 0, b: 0 } },
  })
    .png()
    .toBuffer(),
})

describe('gathering images of the line', () => {
  let folder: string
  let gathering: ReturnType<typeof openGathering>
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gather-'))
    gathering = openGathering(layoutOf(folder))
  })
  afterEach(() => {
    gathering.close()
    return rm(folder, { recursive: true })
  })

  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort()
  const add = async (shade: number, judgement: 'good' | 'bad', mask: ImageInput | null = null) =>
    gathering.add({ image: await png(shade), judgement, mask })

  it('keeps the bytes that came, and holds every fifth of a kind out', async () => {
    // At once: files are filed one after the other all the same.
    const filed = await Promise.all(
      [...Array(10).keys()].map((shade) => add(shade, shade % 2 ? 'bad' : 'good')),
    )
    assert.equal(filed.filter(({ heldOut }) => heldOut).length, 2)
    const { file, isNew, training, heldOutImages } = await add(0, 'good')
    assert.equal(isNew, false)
    assert.deepEqual(training, { good: 4, bad: 4, masks: 0 })
    assert.deepEqual(heldOutImages, { good: 1, bad: 1, masks: 0 })
    assert.deepEqual(await readFile(file), (await png(0)).data)
    assert.match(relative(folder, file), /^(images|held-out)\/good\/[0-9a-f]{16}\.png$/)
  })

  it('keeps an image once, where the later judgement puts it, and held out once and for all', async () => {
    for (let shade = 0; shade < 5; shade++) await add(shade, 'good')
    const before = await files()
    const again = await add(4, 'good')
    assert.deepEqual([again.isNew, again.heldOut], [false, true])
    assert.deepEqual(await files(), before)

    const bad = await add(4, 'bad', await png(255))
    assert.deepEqual(
      [bad.isNew, bad.heldOut, bad.heldOutImages],
      [false, true, { good: 0, bad: 1, masks: 1 }],
    )
    assert.equal((await files()).length, 6)
    const good = await add(4, 'good')
    assert.deepEqual(good.heldOutImages, { good: 1, bad: 0, masks: 0 })
    assert.deepEqual(await files(), before)
  })

  it('replaces a mask by a later one, of another format too', async () => {
    const tiff = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'white' } })
      .tiff()
      .toBuffer()
    await add(1, 'bad', await png(255))
    await add(1, 'bad', { kind: 'encoded', data: tiff })
    await add(1, 'bad')
    assert.deepEqual(
      (await files()).map((name) => name.replace(/[0-9a-f]{16}/, 'NAME')),
      ['images/bad/NAME.png', 'images/masks/NAME.tiff'],
    )
  })

  it('keeps of a JPEG or WebP mask what is brighter than half: around what is drawn, their black is not quite black', async () => {
    // Red from the middle of a block on.
    const rgb = new Uint8Array(32 * 32 * 3)
    for (let i = 0; i < 32 * 32; i++) if (i % 32 >= 20) rgb[3 * i] = 255
    const drawn = sharp(rgb, { raw: { width: 32, height: 32, channels: 3 } })
    const image = await png(1, 32)
    for (const data of [
      await drawn.clone().jpeg({ quality: 40 }).toBuffer(),
      await drawn.clone().webp({ quality: 40 }).toBuffer(),
    ]) {
      const noisy = await sharp(data).removeAlpha().raw().toBuffer()
      assert.ok(noisy.some((value, i) => value > 0 && Math.floor(i / 3) % 32 < 18))
      await gathering.add({ image, judgement: 'bad', mask: { kind: 'encoded', data } })
      const [name] = (await files()).filter((file) => file.includes('masks'))
      const kept = await sharp(join(folder, name!)).greyscale().raw().toBuffer()
      assert.match(name!, /\.png$/)
      assert.ok(kept.every((value, i) => (i % 32 < 18 ? value === 0 : i % 32 < 22 || value === 255)))
    }
    const dark = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#777' } })
      .jpeg()
      .toBuffer()
    await assert.rejects(gathering.add({ image, judgement: 'bad', mask: { kind: 'encoded', data: dark } }), {
      code: 'DATASET_MASK_LABEL',
    })
  })

  it('takes what a power cut has left half-written for no image, and clears it away with the next start', async () => {
    const { file } = await add(1, 'good')
    const left = join(dirname(file), '.0123.png.4567.part')
    await writeFile(left, 'half')
    assert.deepEqual((await add(2, 'good')).training, { good: 2, bad: 0, masks: 0 })
    const next = openGathering(layoutOf(folder))
    // In its turn.
    await next.add({ image: await png(3), judgement: 'good', mask: null })
    next.close()
    assert.equal((await files()).length, 3)
    await assert.rejects(readFile(left), { code: 'ENOENT' })
  })

  it('makes a PNG of raw pixels', async () => {
    const image: ImageInput = {
      kind: 'raw',
      data: new Uint8Array(4).fill(7),
      width: 2,
      height: 2,
      channels: 1,
    }
    const { file } = await gathering.add({ image, judgement: 'good', mask: null })
    const { width, height, format } = await sharp(file).metadata()
    assert.deepEqual([width, height, format], [2, 2, 'png'])
  })

  it('takes a mask of 16 bits as a training reads it, where a defect that is numbered 1 is none the less one', async () => {
    const pixels = new Uint16Array(SIDE * SIDE)
    const numbered = async (number: number) => {
      pixels[7] = number
      const raw = { width: SIDE, height: SIDE, channels: 1 } as const
      const data = await sharp(pixels, { raw }).toColourspace('grey16').png().toBuffer()
      return { kind: 'encoded' as const, data }
    }
    await assert.rejects(add(1, 'bad', await numbered(0)), { code: 'DATASET_MASK_LABEL' })
    assert.equal((await add(1, 'bad', await numbered(1))).training.masks, 1)
  })

  it('holds the same images out for two nodes as for one', async () => {
    const other = openGathering(layoutOf(folder))
    const filed = await Promise.all(
      [...Array(10).keys()].map(async (shade) =>
        (shade % 2 ? gathering : other).add({ image: await png(shade), judgement: 'good', mask: null }),
      ),
    )
    other.close()
    assert.equal(filed.filter(({ heldOut }) => heldOut).length, 2)
  })

  it('leaves nothing behind of what it refuses', async () => {
    const { data } = (await png(1)) as { data: Buffer }
    const cut: ImageInput = { kind: 'encoded', data: data.subarray(0, data.length - 20) }
    await assert.rejects(gathering.add({ image: cut, judgement: 'good', mask: null }), {
      code: 'IMAGE_DAMAGED',
    })
    await assert.rejects(add(1, 'good', await png(255)), { code: 'RETRAINING_INPUT' })
    await assert.rejects(add(1, 'bad', await png(255, 9)), { code: 'DATASET_MASK_SIZE' })
    await assert.rejects(add(1, 'bad', await png(0)), { code: 'DATASET_MASK_LABEL' })
    assert.deepEqual(await files(), [])
  })

  it('says where it cannot write', async () => {
    await writeFile(join(folder, 'images'), 'a file')
    await assert.rejects(add(1, 'good'), { code: 'RETRAINING_OUTPUT' })
  })
})
