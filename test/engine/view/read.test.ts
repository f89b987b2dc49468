import assert from 'node:assert/strict'
import { readView } from '../../../engine/view/read.ts'

const refuses = (given: unknown) =>
  assert.throws(
    () => readView(given),
    ({ code, message }: { code: string; message: string }) => code === 'IMAGE_VIEW' && message.length < 700,
    JSON.stringify(given),
  )

describe('a view that comes from outside', () => {
  it('is none where it changes nothing', () => {
    for (const given of [undefined, null, {}, { rotation: 0, region: '', tiles: null, score: 'mean' }])
      assert.equal(readView(given), null)
  })

  it('is taken as it is where it is written out', () => {
    const view = {
      rotation: 90,
      region: [[0, 0, '50%', 100]],
      ignore: [[1, 2, 3, 4, 5, 6]],
      ignoreMask: Uint8Array.of(1),
      tiles: { columns: 3, rows: 2, overlap: '10%' },
      score: 'top-3',
    }
    assert.deepEqual(readView(view), view)
    assert.deepEqual(readView(readView(view)), view)
  })

  it('may have its shapes as text, and a single one without a list around it', () => {
    const expected = [
      [10, 20, '30%', '12.5%'],
      [0, 0, 5, 0, 5, 5],
    ]
    assert.deepEqual(readView({ region: ' 10, 20, 30 %,12.5%; 0,0,5,0,5,5; ' }), { region: expected })
    assert.deepEqual(readView({ region: [['10', 20, '30%', '12.50%'], expected[1]!] }), { region: expected })
    assert.deepEqual(readView({ ignore: expected[0]! }), { ignore: [expected[0]!] })
  })

  it('may have its tiles as text', () => {
    assert.deepEqual(readView({ tiles: ' 3 x 2 ' }), { tiles: { columns: 3, rows: 2, overlap: '10%' } })
    assert.deepEqual(readView({ tiles: '518' }), { tiles: { size: 518, overlap: '10%' } })
    for (const tiles of ['3x', 'x2', '3x2x1', '0x2', '51.8', '-3', 'many']) refuses({ tiles })
  })

  it('overlaps tiles by a tenth where it does not say by how much', () => {
    assert.deepEqual(readView({ tiles: { size: 518 } }), { tiles: { size: 518, overlap: '10%' } })
    assert.deepEqual(readView({ tiles: { columns: 2, rows: 1, overlap: 0 } }), {
      tiles: { columns: 2, rows: 1, overlap: 0 },
    })
  })

  it('is refused where a property is misspelt, as it would be ignored in silence', () => {
    for (const given of [{ roi: [0, 0, 1, 1] }, { Region: '0,0,1,1' }, { tiles: { size: 100, overlaps: 1 } }])
      refuses(given)
  })

  it('is refused where it says what cannot be meant', () => {
    for (const given of [
      'tiles',
      7,
      [],
      Buffer.from('x'),
      { rotation: 45 },
      { rotation: [] },
      { rotation: true },
      { score: 'top-0' },
      { score: 'top' },
      { score: 'median', tiles: { size: 100 } },
      { region: '1,2,3' },
      { region: '1,2,3,4,5' },
      { region: '1,2,0,4' },
      { region: [[1, 2, -3, 4]] },
      { region: [[1, 2, Number.NaN, 4]] },
      { region: [['a', 'b', 'c', 'd']] },
      { region: { x: 1 } },
      { region: [[1, 2, 3, 4], 5] },
      { ignore: '10px,0,5,5' },
      { ignore: `${'1,'.repeat(4097)}1` },
      { ignoreMask: '/tmp/mask.png' },
      { tiles: 4 },
      { tiles: {} },
      { tiles: { size: 8 } },
      { tiles: { size: 100.5 } },
      { tiles: { size: 100, columns: 2, rows: 2 } },
      { tiles: { columns: 2 } },
      { tiles: { columns: 0, rows: 2 } },
      { tiles: { columns: '2', rows: 2 } },
      { tiles: { size: 100, overlap: '51%' } },
      { tiles: { size: 100, overlap: -1 } },
      { tiles: { size: 100, overlap: '10 pixels' } },
    ])
      refuses(given)
  })
})
