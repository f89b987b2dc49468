import assert from 'node:assert/strict'
import { coloursOf } from '../../../inspection/overlay/colour-maps.ts'
import { COLOUR_MAPS } from '../../../inspection/overlay/index.ts'

/** Read off `matplotlib.colormaps[name].colors`, times 255, rounded (matplotlib 3.11). */
const BY_MATPLOTLIB = {
  inferno: { 0: [0, 0, 4], 77: [108, 24, 110], 133: [195, 59, 79], 200: [251, 157, 7], 255: [252, 255, 164] },
  viridis: {
    0: [68, 1, 84],
    77: [52, 96, 141],
    133: [31, 149, 139],
    200: [112, 207, 87],
    255: [253, 231, 37],
  },
}

/** CIE relative luminance of sRGB. */
const luminance = (colour: Uint8Array): number => {
  const [red, green, blue] = Array.from(colour, (level) => (level / 255) ** 2.2) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('colour maps', () => {
  for (const map of COLOUR_MAPS) {
    const table = coloursOf(map)
    const colour = (level: number): Uint8Array => table.subarray(3 * level, 3 * level + 3)

    it(`${map} has the colours of matplotlib, to one level`, () => {
      assert.equal(table.length, 3 * 256)
      for (const [level, expected] of Object.entries(BY_MATPLOTLIB[map]))
        for (const [channel, value] of expected.entries())
          assert.ok(Math.abs(colour(Number(level))[channel]! - value) <= 1, `${level}, channel ${channel}`)
    })

    it(`${map} is the lighter the higher the value`, () => {
      for (let level = 10; level < 256; level += 5)
        assert.ok(luminance(colour(level)) > luminance(colour(level - 10)))
    })
  }
})
