import assert from 'node:assert/strict'
import { recordOf, tableRow } from '../../../cli/detect/record.ts'

const result = {
  score: 0.25,
  map: { width: 2, height: 2, data: Float32Array.of(0, 0.5, 0, 0.25) },
  image: { width: 600, height: 400, format: 'png', sha256: 'ab' },
  timing: { queuedMs: 1, decodeMs: 2, inferMs: 3, totalMs: 6 },
  device: 'cpu',
  className: null,
  model: { name: 'nano', method: 'anomalyclip', version: '1', imageSize: 2 },
}

describe('what is said of one image', () => {
  it('the peak is told in the map and in the image, both from the top left', () => {
    const { peak, map } = recordOf('a.png', result, {})
    assert.deepEqual(peak, { value: 0.5, map: { x: 1, y: 0 }, image: { x: 450, y: 100 } })
    assert.equal(map.mean, 0.1875)
  })

  it('files that were written are named', () => {
    const record = recordOf('a.png', result, { map: '/m/a.npy', overlay: '/o/a.jpg' })
    assert.equal(record.map.file, '/m/a.npy')
    assert.deepEqual(record.overlay, { file: '/o/a.jpg' })
  })

  it('a row of the table ends with the file as it was given', () => {
    assert.equal(
      tableRow(recordOf('parts/a b.png', result, {})),
      '0.2500   0.5000  (450, 100)    parts/a b.png',
    )
  })
})
