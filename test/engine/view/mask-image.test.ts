import assert from 'node:assert/strict'
import sharp from 'sharp'
import { DEFAULT_LIMITS } from '../../../engine/image/index.ts'
import { maskImages } from '../../../engine/view/index.ts'

const picture = (values: readonly number[], channels: 1 | 3 = 1) =>
  sharp(Uint8Array.from(values), { raw: { width: values.length / channels, height: 1, channels } })

describe('a mask image', () => {
  it('covers what is not black, in whatever colour it was drawn', async () => {
    const open = maskImages(DEFAULT_LIMITS)
    const grey = await open(await picture([0, 1, 255, 0]).png().toBuffer())
    assert.deepEqual([grey.width, grey.height, [...grey.data]], [4, 1, [0, 1, 1, 0]])
    const colour = await open(await picture([0, 0, 0, 0, 0, 9], 3).png().toBuffer())
    assert.deepEqual([...colour.data], [0, 1])
  })

  it('is decoded once, however often it comes', async () => {
    const open = maskImages(DEFAULT_LIMITS)
    const file = await picture([0, 255]).png().toBuffer()
    const first = await open(file)
    assert.equal((await open(Buffer.from(file))).data, first.data)
  })

  it('gives way to others, so that the memory for them has an end', async () => {
    const open = maskImages(DEFAULT_LIMITS, 5)
    const [a, b, c] = await Promise.all(
      [[0, 255], [255, 0], [255]].map((row) => picture(row).png().toBuffer()),
    )
    const first = await open(a!)
    const second = await open(b!)
    assert.equal((await open(a!)).data, first.data)
    await open(c!)
    assert.equal((await open(a!)).data, first.data)
    assert.equal((await open(b!)).data, second.data)
    // Six pixels with this one; a, used last but one, is the oldest.
    await open(await picture([0, 0]).png().toBuffer())
    assert.notEqual((await open(a!)).data, first.data)
  })

  it('is refused as a JPEG, whose pixels are not what was drawn, and as what is no image or too large', async () => {
    const open = maskImages({ ...DEFAULT_LIMITS, maxPixels: 3 })
    for (const file of [
      await picture([0, 255]).jpeg().toBuffer(),
      Buffer.from('no image at all'),
      await picture([0, 255, 0, 255]).png().toBuffer(),
    ])
      await assert.rejects(open(file), { code: 'IMAGE_VIEW', message: /ignoreMask/ })
  })
})
