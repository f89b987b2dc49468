import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { maskSourceFrom } from '../../../inspection/masks/index.ts'

const map = { width: 2, height: 1, data: Float32Array.of(0, 1) }
const image = { width: 20, height: 10 }

describe('what a mask is made from', () => {
  it('is map, size of the image, and pixel threshold and minimum area of the verdict', () => {
    const verdict = { level: 'alarm', pixelThreshold: 0.4, minArea: 5 }
    assert.deepEqual(maskSourceFrom({ id: 'x', map, image: { ...image, format: 'png' }, verdict }), {
      map,
      image,
      pixelThreshold: 0.4,
      minArea: 5,
      isUndecided: false,
    })
  })

  it('has no pixel threshold and minimum area where the verdict has none, or there is no verdict', () => {
    const none = { map, image, pixelThreshold: null, minArea: null, isUndecided: false }
    assert.deepEqual(maskSourceFrom({ map, image }), none)
    assert.deepEqual(maskSourceFrom({ map, image, verdict: { pixelThreshold: null, minArea: null } }), none)
  })

  it('may have been made in a function node, where Float32Array is another one', () => {
    const data: unknown = runInNewContext('Float32Array.of(0, 1)')
    assert.deepEqual(maskSourceFrom({ map: { ...map, data }, image })?.map.width, 2)
  })

  it('is nothing where the verdict is undecided and the map cannot be used', () => {
    const notFinite = { ...map, data: Float32Array.of(0, Number.NaN) }
    for (const unusable of [notFinite, { ...map, width: 3 }, undefined, JSON.parse(JSON.stringify(map))])
      assert.equal(maskSourceFrom({ map: unusable, image, verdict: { level: 'undecided' } }), null)
    assert.deepEqual(maskSourceFrom({ map, image, verdict: { level: 'undecided' } })?.map, map)
    assert.deepEqual(maskSourceFrom({ map: notFinite, image, verdict: { level: 'ok' } })?.map, notFinite)
  })

  for (const [kind, anomaly] of [
    ['nothing', undefined],
    ['null', null],
    ['text', 'anomaly'],
    ['no map', { image }],
    ['a map that went through JSON', { map: JSON.parse(JSON.stringify(map)), image }],
    ['a map without a size', { map: { data: map.data }, image }],
    ['no image', { map }],
    ['an image without a size', { map, image: { format: 'png' } }],
  ] as const)
    it(`cannot be had from ${kind}`, () =>
      assert.throws(() => maskSourceFrom(anomaly), { code: 'MASK_NO_ANOMALY' }))
})
