import assert from 'node:assert/strict'
import { mapInOrder } from '../../engine/in-order.ts'

/** Work that ends when told to. */
const byHand = () => {
  const finish = new Map<number, () => void>()
  return {
    started: (): number[] => [...finish.keys()],
    finish: (item: number) => finish.get(item)!(),
    work: (item: number) => new Promise<number>((resolve) => finish.set(item, () => resolve(item))),
  }
}

describe('working on several images at a time', () => {
  it('gives results in the order of the items, whichever is done first', async () => {
    const { work, finish } = byHand()
    const results = mapInOrder([1, 2, 3], 3, work)
    const first = results.next()
    finish(3)
    finish(2)
    finish(1)
    assert.equal((await first).value, 1)
    assert.equal((await results.next()).value, 2)
    assert.equal((await results.next()).value, 3)
    assert.equal((await results.next()).done, true)
  })

  it('starts no more than the width before the first result is taken', async () => {
    const { work, finish, started } = byHand()
    const results = mapInOrder([1, 2, 3, 4, 5], 2, work)
    const first = results.next()
    assert.deepEqual(started(), [1, 2])
    finish(1)
    await first
    assert.deepEqual(started(), [1, 2])
    finish(2)
    await results.next()
    assert.deepEqual(started(), [1, 2, 3])
  })
})
