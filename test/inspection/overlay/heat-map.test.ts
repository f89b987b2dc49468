import assert from 'node:assert/strict'
import sharp from 'sharp'
import { coloursOf } from '../../../inspection/overlay/colour-maps.ts'
import { heatMapPng } from '../../../inspection/overlay/index.ts'

const map = { width: 3, height: 2, data: Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1) }

describe('a heat map', () => {
  it('at the size of the map has the exact colour of every value, on the scale from 0 to 1', async () => {
    const { data, info } = await sharp(await heatMapPng(map, 'viridis'))
      .raw()
      .toBuffer({ resolveWithObject: true })
    assert.deepEqual([info.width, info.height, info.channels], [3, 2, 3])
    const colours = coloursOf('viridis')
    for (const [pixel, value] of map.data.entries()) {
      const level = Math.round(255 * value)
      assert.deepEqual(
        [...data.subarray(3 * pixel, 3 * pixel + 3)],
        [...colours.subarray(3 * level, 3 * level + 3)],
      )
    }
  })

  it('is not stretched to its own highest value', async () => {
    const low = { width: 2, height: 1, data: Float32Array.of(0, 0.1) }
    const data = await sharp(await heatMapPng(low, 'inferno'))
      .raw()
      .toBuffer()
    assert.deepEqual([...data.subarray(3)], [...coloursOf('inferno').subarray(3 * 26, 3 * 26 + 3)])
  })

  it('takes the size that is asked for', async () => {
    const { width, height } = await sharp(
      await heatMapPng(map, 'inferno', { width: 30, height: 50 }),
    ).metadata()
    assert.deepEqual([width, height], [30, 50])
  })

  it('is not made of a map with a value that is not a number', async () => {
    const broken = { ...map, data: map.data.with(0, Number.NaN) }
    await assert.rejects(heatMapPng(broken, 'inferno'), { code: 'MAP_INVALID' })
  })
})
