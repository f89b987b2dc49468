import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import {
  checkMaskSize,
  inputOf,
  listDataset,
  loadTruth,
  readSample,
  type Sample,
} from '../../../evaluation/datasets/index.ts'
import { black, HEIGHT, lowest, removeTrees, treeOf, WIDTH } from './tree.ts'

const sampleOf = (root: string, mask: string): Sample => ({
  image: join(root, 'image.png'),
  label: 1,
  mask: { kind: 'file', path: join(root, mask) },
  type: 'bad',
})

/** Rows of the truth that are anomalous from one side to the other; others must be clean. */
const fullRows = (truth: Uint8Array | undefined, size: number): number[] => {
  assert.equal(truth?.length, size * size)
  const rows = Array.from({ length: size }, (_, y) => truth.subarray(y * size, (y + 1) * size))
  for (const row of rows) assert.ok(row.every((value) => value === row[0]))
  return rows.flatMap((row, y) => (row[0] === 1 ? [y] : []))
}

const truthOf = async (sample: Sample, side: number): Promise<Uint8Array | undefined> =>
  (await loadTruth(sample, side)).mask?.data

describe('the truth about a sample', () => {
  after(removeTrees)

  for (const ending of ['png', 'bmp', 'tif', 'gif'])
    it(`takes all that is not black in a ${ending} mask`, async () => {
      const faint = (_: number, y: number) => (y >= 6 ? 1 : 0)
      // A GIF's palette has no colour as dark as 1.
      const root = await treeOf({ 'image.png': black, [`m.${ending}`]: ending === 'gif' ? lowest : faint })
      const truth = await truthOf(sampleOf(root, `m.${ending}`), 9)
      assert.deepEqual(fullRows(truth, 9), [6, 7, 8])
    })

  for (const [ending, space] of [
    ['png', 'grey16'],
    ['png', 'rgb16'],
    ['tif', 'grey16'],
  ] as const)
    it(`takes all that is not black in a ${ending} mask of 16 bits (${space})`, async () => {
      const root = await treeOf({ 'image.png': black })
      const grey = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i >= 6 * WIDTH ? 1 : 0))
      const picture = sharp(grey, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace(space)
      // TIFF's default here is JPEG, which has 8 bits.
      await (ending === 'png' ? picture.png() : picture.tiff({ compression: 'lzw' })).toFile(
        join(root, `m.${ending}`),
      )
      assert.equal((await sharp(join(root, `m.${ending}`)).metadata()).depth, 'ushort')
      assert.deepEqual(fullRows(await truthOf(sampleOf(root, `m.${ending}`), 9), 9), [6, 7, 8])
    })

  it('takes the noise around the edges of a JPEG mask for anomalous, as the reference does', async () => {
    const root = await treeOf({ 'image.png': black, 'm.jpg': lowest })
    const grey = await sharp(join(root, 'm.jpg')).greyscale().raw().toBuffer()
    const truth = await truthOf(sampleOf(root, 'm.jpg'), HEIGHT)
    for (let y = 0; y < HEIGHT; y++) assert.equal(truth?.[y * HEIGHT], grey[y * WIDTH] > 0 ? 1 : 0)
  })

  it('shrinks with all pixels and calls more than half of white anomalous', async () => {
    // 9 rows to 3: each output row weighs 1, 2, 3, 2, 1 of the rows around it (less what lies outside), by hand.
    const rows = async (white: readonly number[]) => {
      const at = (_: number, y: number) => (white.includes(y) ? 255 : 0)
      const root = await treeOf({ 'image.png': black, 'm.png': at })
      return fullRows(await truthOf(sampleOf(root, 'm.png'), 3), 3)
    }
    // The middle row weighs 1, 2, 3, 2, 1 of rows 2 to 6.
    assert.deepEqual(await rows([4]), [])
    assert.deepEqual(await rows([4, 5]), [1])
    // The first weighs 2, 3, 2, 1 of rows 0 to 3: half of white (128 once rounded) is over 0.5 of 255.
    assert.deepEqual(await rows([0, 2]), [0])
    assert.deepEqual(await rows([1]), [])
  })

  it('is cut as the image is', async () => {
    const root = await treeOf({ 'image.png': black, 'm.png': lowest })
    const rows = async (index: number) =>
      fullRows(await truthOf({ ...sampleOf(root, 'm.png'), crop: { index, of: 3 } }, 3), 3)
    assert.deepEqual([await rows(1), await rows(2)], [[], [0, 1, 2]])
  })

  it('is good all over of a good image, and nothing of a bad one without a mask', async () => {
    const plain = { image: '/none.png', type: '' }
    assert.deepEqual(await truthOf({ ...plain, label: 0 }, 2), new Uint8Array(4))
    assert.equal((await loadTruth({ ...plain, label: 1 }, 2)).mask, null)
  })

  it('is refused where its mask has another size than the image', async () => {
    const root = await treeOf({ 'm.png': black })
    const sample = sampleOf(root, 'm.png')
    const drawn = (await loadTruth(sample, 3)).drawn!
    assert.doesNotThrow(() => checkMaskSize(sample, drawn, { width: WIDTH, height: HEIGHT }))
    assert.throws(() => checkMaskSize(sample, drawn, { width: HEIGHT, height: WIDTH }), {
      code: 'DATASET_MASK_SIZE',
      message: /m\.png has 6 × 9 pixels, .*image\.png has 9 × 6/,
    })
  })

  it('draws polygons, run lengths and boxes of COCO', async () => {
    const shapes = [
      { segmentation: [[0, 0, 6, 0, 6, 2, 0, 2]] },
      // Down each column: 3 clean, 1 anomalous, 5 clean.
      { segmentation: { size: [9, 6], counts: [3, 1, ...Array(5).fill([8, 1]).flat(), 5] } },
      { segmentation: [], bbox: [0, 6, 6, 3] },
    ]
    const images = [{ id: 1, file_name: 'image.png', width: WIDTH, height: HEIGHT }]
    const annotations = shapes.map((shape) => ({ image_id: 1, category_id: 1, ...shape }))
    const list = JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'dent' }] })
    const root = await treeOf({ 'image.png': black, 'list.json': list })
    const { categories } = await listDataset('coco', { root })
    const truth = await truthOf(categories[0].samples[0], HEIGHT)
    assert.deepEqual(fullRows(truth, HEIGHT), [0, 1, 3, 6, 7, 8])
  })
})

describe('an image for an engine', () => {
  after(removeTrees)

  it('is the file as it is where it is whole, so that it is not decoded here', async () => {
    const root = await treeOf({ 'image.png': 'no image at all' })
    const sample = sampleOf(root, '')
    const file = await readSample(sample)
    assert.deepEqual(await inputOf(sample, file), {
      input: { kind: 'encoded', data: Buffer.from('no image at all') },
      whole: null,
    })
    assert.equal(file.sha256, createHash('sha256').update('no image at all').digest('hex'))
  })

  it('is decoded where it is cut, and says how large the whole is', async () => {
    const root = await treeOf({ 'image.png': lowest })
    const cut = async (index: number) => {
      const sample = { ...sampleOf(root, ''), crop: { index, of: 3 } }
      return inputOf(sample, await readSample(sample))
    }
    const [middle, last] = [await cut(1), await cut(2)]
    assert.deepEqual(last.whole, { width: WIDTH, height: HEIGHT })
    for (const [{ input }, value] of [
      [middle, 0],
      [last, 255],
    ] as const) {
      assert.ok(input.kind === 'raw')
      assert.deepEqual([input.width, input.height, input.channels], [WIDTH, 3, 3])
      assert.ok(input.data.every((found) => found === value))
    }
  })

  it('is refused where it does not decode and where it is gone', async () => {
    const root = await treeOf({ 'image.png': 'no image at all, but long enough' })
    const sample = { ...sampleOf(root, ''), crop: { index: 0, of: 3 } }
    const file = await readSample(sample)
    await assert.rejects(inputOf(sample, file), { code: 'IMAGE_FORMAT' })
    await rm(sample.image)
    await assert.rejects(readSample(sample), { code: 'DATASET_FILE_MISSING' })
  })
})
