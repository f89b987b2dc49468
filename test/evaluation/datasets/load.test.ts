import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { listDataset, loadSample, type Sample } from '../../../evaluation/datasets/index.ts'
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

describe('loadSample', () => {
  after(removeTrees)

  for (const ending of ['png', 'bmp', 'tif', 'gif'])
    it(`takes all that is not black in a ${ending} mask`, async () => {
      const faint = (_: number, y: number) => (y >= 6 ? 1 : 0)
      // A GIF's palette has no colour as dark as 1.
      const root = await treeOf({ 'image.png': black, [`m.${ending}`]: ending === 'gif' ? lowest : faint })
      const { truth } = await loadSample(sampleOf(root, `m.${ending}`), 9)
      assert.deepEqual(fullRows(truth, 9), [6, 7, 8])
    })

  it('takes the noise around the edges of a JPEG mask for anomalous, as the reference does', async () => {
    const root = await treeOf({ 'image.png': black, 'm.jpg': lowest })
    const grey = await sharp(join(root, 'm.jpg')).greyscale().raw().toBuffer()
    const { truth } = await loadSample(sampleOf(root, 'm.jpg'), HEIGHT)
    for (let y = 0; y < HEIGHT; y++) assert.equal(truth?.[y * HEIGHT], grey[y * WIDTH] > 0 ? 1 : 0)
  })

  it('shrinks with all pixels and calls more than half of white anomalous', async () => {
    // 9 rows to 3: each output row weighs 1, 2, 3, 2, 1 of the rows around it (less what lies outside), by hand.
    const rows = async (white: readonly number[]) => {
      const at = (_: number, y: number) => (white.includes(y) ? 255 : 0)
      const root = await treeOf({ 'image.png': black, 'm.png': at })
      return fullRows((await loadSample(sampleOf(root, 'm.png'), 3)).truth, 3)
    }
    // The middle row weighs 1, 2, 3, 2, 1 of rows 2 to 6.
    assert.deepEqual(await rows([4]), [])
    assert.deepEqual(await rows([4, 5]), [1])
    // The first weighs 2, 3, 2, 1 of rows 0 to 3: half of white (128 once rounded) is over 0.5 of 255.
    assert.deepEqual(await rows([0, 2]), [0])
    assert.deepEqual(await rows([1]), [])
  })

  it('cuts image and mask of a third alike', async () => {
    const root = await treeOf({ 'image.png': lowest, 'm.png': lowest })
    const load = (index: number) => loadSample({ ...sampleOf(root, 'm.png'), crop: { index, of: 3 } }, 3)
    const [middle, last] = [await load(1), await load(2)]
    assert.deepEqual([last.image.width, last.image.height], [WIDTH, 3])
    assert.ok(
      last.image.data.every((value) => value === 255) && middle.image.data.every((value) => value === 0),
    )
    assert.deepEqual([fullRows(middle.truth, 3), fullRows(last.truth, 3)], [[], [0, 1, 2]])
  })

  it('knows that a good image is good all over, and nothing of a bad one without a mask', async () => {
    const root = await treeOf({ 'image.png': black })
    const plain = { image: join(root, 'image.png'), type: '' }
    assert.deepEqual((await loadSample({ ...plain, label: 0 }, 2)).truth, new Uint8Array(4))
    assert.equal((await loadSample({ ...plain, label: 1 }, 2)).truth, undefined)
  })

  it('refuses a mask of another size, an image that does not decode and one that is gone', async () => {
    const root = await treeOf({ 'image.png': black, 'm.png': black })
    const sample = sampleOf(root, 'small.png')
    await sharp(join(root, 'm.png')).resize(HEIGHT, WIDTH, { fit: 'fill' }).toFile(join(root, 'small.png'))
    await assert.rejects(loadSample(sample, 3), { code: 'DATASET_MASK_SIZE' })
    await writeFile(sample.image, 'no image at all, but long enough')
    await assert.rejects(loadSample(sample, 3), { code: 'IMAGE_FORMAT' })
    await rm(sample.image)
    await assert.rejects(loadSample(sample, 3), { code: 'DATASET_FILE_MISSING' })
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
    const { truth } = await loadSample(categories[0].samples[0], HEIGHT)
    assert.deepEqual(fullRows(truth, HEIGHT), [0, 1, 3, 6, 7, 8])
  })
})
