import assert from 'node:assert/strict'
import sharp from 'sharp'
import { enlarge } from '../../../inspection/enlarge.ts'
import { mapPng, maskPng } from '../../../inspection/masks/png.ts'
import type { Mask } from '../../../inspection/types.ts'
import { drawn, pixelsOf, randomMasks, sizesFor } from '../masks.ts'

const decoded = async (png: Buffer): Promise<Mask> => {
  const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  assert.equal(info.channels, 1)
  return { width: info.width, height: info.height, data: Uint8Array.from(data, (value) => value / 255) }
}

describe('the PNG of a mask', () => {
  it('is grey with 8 bits, 0 and 255', async () => {
    const mask = drawn('#.', '..')
    const png = await maskPng(enlarge(mask, { width: 4, height: 2 }))
    const { format, depth, space, channels } = await sharp(png).metadata()
    assert.deepEqual(
      { format, depth, space, channels },
      { format: 'png', depth: 'uchar', space: 'b-w', channels: 1 },
    )
    const grey = await sharp(png).toColourspace('b-w').raw().toBuffer()
    assert.deepEqual([...grey], [255, 255, 0, 0, 0, 0, 0, 0])
  })

  it('has every pixel where run lengths and polygons have it', async () => {
    for (const mask of randomMasks(40, 10))
      for (const size of sizesFor(mask))
        assert.deepEqual(await decoded(await maskPng(enlarge(mask, size))), pixelsOf(mask, size))
  })

  it('is exact at camera size too, where pixels lie on the edges of cells', async () => {
    const random = randomMasks(1, 11)[0]!
    const mask = pixelsOf(random, { width: 518, height: 518 })
    for (let pixel = 0; pixel < mask.data.length; pixel += 3) mask.data[pixel]! ^= 1
    for (const size of [
      { width: 777, height: 1036 },
      { width: 519, height: 900 },
      { width: 1920, height: 1080 },
    ])
      assert.ok(
        Buffer.from((await decoded(await maskPng(enlarge(mask, size)))).data).equals(
          pixelsOf(mask, size).data,
        ),
      )
  })
})

describe('the PNG of a map', () => {
  it('has 16 bits and every value times 65535', async () => {
    const data = Float32Array.from({ length: 48 }, (_, i) => i / 47)
    const png = await mapPng({ width: 8, height: 6, data })
    const { width, height, depth, space } = await sharp(png).metadata()
    assert.deepEqual(
      { width, height, depth, space },
      { width: 8, height: 6, depth: 'ushort', space: 'grey16' },
    )
    const raw = await sharp(png).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()
    const values = new Uint16Array(raw.buffer, raw.byteOffset, 48)
    assert.deepEqual(
      [...values],
      Array.from(data, (value) => Math.round(value * 65_535)),
    )
  })

  it('holds values a hair outside of 0..1 at its ends', async () => {
    const png = await mapPng({ width: 2, height: 1, data: Float32Array.of(-1e-6, 1.000001) })
    const raw = await sharp(png).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()
    assert.deepEqual([...new Uint16Array(raw.buffer, raw.byteOffset, 2)], [0, 65_535])
  })

  it('is not made of a map with a value that is not a number', async () => {
    await assert.rejects(mapPng({ width: 1, height: 1, data: Float32Array.of(Number.NaN) }), {
      code: 'MAP_INVALID',
    })
  })
})
