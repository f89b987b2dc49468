import assert from 'node:assert/strict'
import { growthOf, type Sample } from '../../bench/soak/growth.ts'

const samples = (change: (cycles: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 20 }, (_, index) => {
    const cycles = 1000 * (index + 1)
    const wobble = index % 2
    const flat = {
      cycles,
      heapMB: 60 + wobble,
      rssMB: 300 + 5 * wobble,
      handles: 9 + wobble,
      timers: 80 + 40 * wobble,
    }
    return { ...flat, ...change(cycles) }
  })
const growing = (found: readonly Sample[]): string[] =>
  growthOf(found)
    .filter(({ grows }) => grows)
    .map(({ measure }) => measure)

describe('the growth in a soak', () => {
  it('is none where everything goes up and down', () => assert.deepEqual(growing(samples(() => ({}))), []))

  it('is found in memory that each cycle leaves behind', () => {
    assert.deepEqual(growing(samples((cycles) => ({ heapMB: 60 + cycles * 0.0005 }))), ['heapMB'])
    assert.deepEqual(growing(samples((cycles) => ({ rssMB: 300 + cycles * 0.005 }))), ['rssMB'])
  })

  it('is found in handles and timers', () => {
    assert.deepEqual(growing(samples((cycles) => ({ handles: 9 + cycles / 1000 }))), ['handles'])
    assert.deepEqual(growing(samples((cycles) => ({ timers: 80 + cycles / 100 }))), ['timers'])
  })

  it('is given as the slope of the line through the samples', () => {
    const [heap] = growthOf(samples((cycles) => ({ heapMB: cycles / 1000 })))
    assert.equal(heap!.per100k.toFixed(6), '100.000000')
    assert.equal(heap!.overAll.toFixed(6), '19.000000')
  })
})
