import assert from 'node:assert/strict'
import {
  bestEpoch,
  type EpochLosses,
  isOver,
  lossesCsv,
  lossMeans,
} from '../../../training/results/losses.ts'
import { lossesPlot } from '../../../training/results/losses-plot.ts'

const epochs = (...validations: readonly number[]): EpochLosses[] =>
  validations.map((images, i) => ({
    epoch: i + 1,
    images: 1 / (i + 1),
    maps: 4,
    validation: { images, maps: 2 },
  }))

describe('losses of a training', () => {
  it('are means over images, in which a short last batch counts as many as it has', () => {
    const means = lossMeans()
    means.add({ images: 1, maps: null }, 8)
    means.add({ images: 4, maps: null }, 4)
    assert.deepEqual(means.mean(), { images: 2, maps: null })
    const both = lossMeans()
    both.add({ images: 1, maps: 3 }, 1)
    both.add({ images: 3, maps: 6 }, 2)
    assert.deepEqual(both.mean(), { images: 7 / 3, maps: 5 })
  })

  it('tell the best epoch, the first of equals, and when none has been better for too long', () => {
    const all = epochs(3, 1, 2, 1, 2)
    assert.equal(bestEpoch(all), 2)
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((count) => isOver(all.slice(0, count), 2)),
      [false, false, false, true, true],
    )
    assert.equal(isOver(all, null), false)
    assert.equal(isOver([], 1), false)
    assert.equal(bestEpoch(all.map((losses) => ({ ...losses, validation: null }))), 5)
  })

  it('are a table, with columns for the validation where there is one', () => {
    assert.equal(
      lossesCsv([{ epoch: 1, images: 0.5, maps: null, validation: null }]),
      'epoch,images,maps,total\r\n1,0.5,,0.5\r\n',
    )
    assert.equal(
      lossesCsv(epochs(3)),
      'epoch,images,maps,total,validation_images,validation_maps,validation_total\r\n1,1,4,5,3,2,5\r\n',
    )
  })

  it('are a picture that stands alone: a panel for images and one for maps, every number in it finite', () => {
    for (const [all, panels] of [
      [epochs(3, 1, 2), 2],
      [epochs(3), 2],
      [epochs(3, 1).map((losses) => ({ ...losses, maps: null, validation: null })), 1],
    ] as const) {
      const svg = lossesPlot(all)
      assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
      assert.equal(svg.match(/font-weight="bold"/g)?.length, panels)
      assert.ok(!/NaN|Infinity|undefined|null/.test(svg))
      const lines = all[0]!.validation === null ? 1 : 2
      assert.equal(svg.match(/<circle/g)?.length, all.length * panels * lines)
    }
  })
})
