import assert from 'node:assert/strict'
import { type Alarm, debounce, type Mark, NO_ALARM } from '../../../inspection/threshold/debounce.ts'
import { seeded } from '../random.ts'

const run = (marks: readonly Mark[], rule: { n: number; m: number }): Alarm[] => {
  const states: Alarm[] = []
  for (const mark of marks) states.push(debounce(states.at(-1) ?? NO_ALARM, mark, rule))
  return states
}
const randomRun = (random: () => number) => {
  const m = 1 + Math.floor(random() * 6)
  const n = 1 + Math.floor(random() * m)
  const marks = Array.from({ length: 60 }, () => Math.floor(random() * 3) as Mark)
  return { marks, rule: { n, m }, states: run(marks, { n, m }) }
}
const among = (marks: readonly Mark[], at: number, m: number, least: Mark): number =>
  marks.slice(Math.max(0, at - m + 1), at + 1).filter((mark) => mark >= least).length

describe('debouncing', () => {
  it('is a plain threshold with n = m = 1', () => {
    assert.deepEqual(
      run([0, 2, 0, 2, 2], { n: 1, m: 1 }).map(({ alarming }) => alarming),
      [false, true, false, true, true],
    )
  })

  it('with hysteresis clears only below the band, and does not start in it', () => {
    assert.deepEqual(
      run([1, 2, 1, 1, 0, 1], { n: 1, m: 1 }).map(({ alarming }) => alarming),
      [false, true, true, true, false, false],
    )
  })

  it('alarms on two of three, at the second', () => {
    assert.deepEqual(
      run([2, 0, 0, 2, 0, 2, 0, 0], { n: 2, m: 3 }).map(({ alarming }) => alarming),
      [false, false, false, false, false, true, false, false],
    )
  })

  it('begins an alarm only when n of the last m are over, and always then (property)', () => {
    const random = seeded(21)
    for (let trial = 0; trial < 300; trial++) {
      const { marks, rule, states } = randomRun(random)
      for (let at = 0; at < marks.length; at++) {
        if (states[at - 1]?.alarming) continue
        assert.equal(states[at]!.alarming, among(marks, at, rule.m, 2) >= rule.n)
      }
    }
  })

  it('ends an alarm only when fewer than n of the last m are too high to clear, and always then (property)', () => {
    const random = seeded(22)
    for (let trial = 0; trial < 300; trial++) {
      const { marks, rule, states } = randomRun(random)
      for (let at = 1; at < marks.length; at++) {
        if (!states[at - 1]!.alarming) continue
        assert.equal(states[at]!.alarming, among(marks, at, rule.m, 1) >= rule.n)
      }
    }
  })

  it('remembers no more than m images, also when m was larger before', () => {
    const before = { alarming: false, recent: [2, 2, 2, 2] as Mark[] }
    assert.deepEqual(debounce(before, 0, { n: 2, m: 2 }), { alarming: false, recent: [2, 0] })
  })
})
