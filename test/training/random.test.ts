import assert from 'node:assert/strict'
import { normals, randomFor, shuffled } from '../../training/random.ts'

describe('numbers drawn for one purpose of a training', () => {
  const draws = (...args: Parameters<typeof randomFor>): number[] => {
    const random = randomFor(...args)
    return Array.from({ length: 5 }, random)
  }

  it('are the same each time, and others for another seed, purpose or epoch', () => {
    assert.deepEqual(draws(1, 'order', 3), draws(1, 'order', 3))
    const others = [draws(1, 'order', 3), draws(2, 'order', 3), draws(1, 'view', 3), draws(1, 'order', 4)]
    assert.equal(new Set(others.map(String)).size, 4)
  })

  it('lie evenly between 0 and 1', () => {
    const random = randomFor(7, 'even')
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) counts[Math.floor(10 * random())]! += 1
    for (const count of counts) assert.ok(count > 850 && count < 1150, String(counts))
  })

  it('of the normal distribution have the deviation asked for, around 0', () => {
    const values = normals(20_000, 0.02, randomFor(7, 'normal'))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
    assert.ok(Math.abs(mean) < 5e-4 && Math.abs(deviation - 0.02) < 5e-4, `${mean} ± ${deviation}`)
    const within = values.filter((value) => Math.abs(value) < 0.02).length / values.length
    assert.ok(Math.abs(within - 0.683) < 0.01, String(within))
  })

  it('shuffle: every item once, in an order that any position can take', () => {
    const items = [0, 1, 2, 3]
    const orders = Array.from({ length: 400 }, (_, i) => shuffled(items, randomFor(i, 'order')))
    for (const order of orders) assert.deepEqual(order.toSorted(), items)
    assert.equal(new Set(orders.map(String)).size, 24)
    assert.deepEqual(items, [0, 1, 2, 3])
  })
})
