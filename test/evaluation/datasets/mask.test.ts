import assert from 'node:assert/strict'
import { join } from 'node:path'
import sharp from 'sharp'
import { readMask } from '../../../evaluation/datasets/index.ts'
import { inTree } from '../tree.ts'

const grey = (width: number, height: number, values: readonly number[]): Promise<Buffer> =>
  sharp(Uint8Array.from(values), { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()

describe('a ground truth', () => {
  it('is anomalous wherever it is not black, at the size of the model', async () => {
    const png = await grey(4, 2, [0, 0, 1, 200, 0, 0, 255, 7])
    await inTree({ 'm.png': png }, async (root) => {
      const { data } = await readMask(join(root, 'm.png'), { width: 4, height: 2 }, 2)
      assert.deepEqual([...data], [0, 1, 0, 1])
    })
  })

  it('is cut at one half after the resizing', async () => {
    const png = await grey(4, 1, [0, 255, 255, 0])
    await inTree({ 'm.png': png }, async (root) => {
      // 255 × (0.75 + 0.25) / 1.75 = 146
      assert.deepEqual([...(await readMask(join(root, 'm.png'), null, 2)).data], [1, 1, 1, 1])
    })
    const edge = await grey(4, 1, [0, 0, 255, 0])
    await inTree({ 'm.png': edge }, async (root) => {
      assert.deepEqual([...(await readMask(join(root, 'm.png'), null, 2)).data], [0, 0, 0, 0])
    })
  })

  it('of another size than its image is refused', async () => {
    const png = await grey(2, 2, [0, 0, 0, 255])
    await inTree({ 'm.png': png }, (root) =>
      assert.rejects(readMask(join(root, 'm.png'), { width: 4, height: 2 }, 2), {
        code: 'EVALUATION_MASK',
        message: /2 × 2 pixels, its image 4 × 2/,
      }),
    )
  })
})
