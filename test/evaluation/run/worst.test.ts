import assert from 'node:assert/strict'
import { type Candidate, keepWorst } from '../../../evaluation/run/worst.ts'

const candidate = (name: string, label: 0 | 1, score: number): Candidate => ({
  sample: { image: `/${name}.png`, label, type: '' },
  name,
  score,
  map: { width: 1, height: 1, data: Float32Array.of(score) },
  truth: null,
})

const named = (cases: readonly Candidate[]): string[] => cases.map(({ name }) => name)

describe('the worst cases', () => {
  it('are bad images of the lowest scores and good ones of the highest, whatever a threshold would say', () => {
    const { see, worst } = keepWorst(2)
    for (const [name, label, score] of [
      ['a', 1, 0.9],
      ['b', 1, 0.1],
      ['c', 0, 0.2],
      ['d', 1, 0.5],
      ['e', 0, 0.1],
      ['f', 0, 0.3],
    ] as const)
      see(candidate(name, label, score))
    assert.deepEqual(named(worst().misses), ['b', 'd'])
    assert.deepEqual(named(worst().falseAlarms), ['f', 'c'])
  })

  it('are of equal ones those that came first', () => {
    const { see, worst } = keepWorst(2)
    for (const name of ['a', 'b', 'c']) see(candidate(name, 1, 0.5))
    assert.deepEqual(named(worst().misses), ['a', 'b'])
  })

  it('are theirs to keep: what they were seen with may be given away', () => {
    const { see, worst } = keepWorst(1)
    const seen = candidate('a', 1, 0.5)
    see(seen)
    structuredClone(seen.map, { transfer: [seen.map.data.buffer as ArrayBuffer] })
    assert.equal(seen.map.data.length, 0)
    assert.deepEqual([...worst().misses[0]!.map.data], [0.5])
  })

  it('may be none', () => {
    const { see, worst } = keepWorst(0)
    see(candidate('a', 0, 1))
    assert.deepEqual(worst(), { misses: [], falseAlarms: [] })
  })
})
