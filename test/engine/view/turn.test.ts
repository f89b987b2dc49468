import assert from 'node:assert/strict'
import { turn, turnBack } from '../../../engine/view/turn.ts'

describe('turning', () => {
  it('by 90 degrees is clockwise', () => {
    // 1 2 3    4 1
    // 4 5 6    5 2
    //          6 3
    const turned = turn({ width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, 1, 90)
    assert.deepEqual(turned, { width: 2, height: 3, data: Uint8Array.of(4, 1, 5, 2, 6, 3) })
  })

  it('leaves the picture alone, also one that is a Buffer', () => {
    const data = Buffer.from([1, 2, 3, 4, 5, 6])
    assert.deepEqual([...turn({ width: 3, height: 2, data }, 1, 180).data], [6, 5, 4, 3, 2, 1])
    assert.deepEqual([...data], [1, 2, 3, 4, 5, 6])
  })

  it('four times by 90 degrees, and there and back by any, gives what there was', () => {
    const picture = { width: 5, height: 3, data: Uint8Array.from({ length: 45 }, (_, i) => i) }
    const once = turn(picture, 3, 90)
    assert.deepEqual(turn(turn(turn(once, 3, 90), 3, 90), 3, 90), picture)
    assert.deepEqual(turn(once, 3, 90), turn(picture, 3, 180))
    for (const rotation of [0, 90, 180, 270] as const)
      assert.deepEqual(turn(turn(picture, 3, rotation), 3, turnBack(rotation)), picture)
  })
})
