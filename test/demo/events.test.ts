import assert from 'node:assert/strict'
import { isCalibrating, printedEvent, readEvent } from '../../demo/events.ts'
import type { AnomalyEvent } from '../../inspection/event/event.ts'
import type { CalibrationSummary } from '../../inspection/types.ts'

const DONE: CalibrationSummary = {
  state: 'done',
  collected: 10,
  wanted: 10,
  falseRejectBound: 0.39,
  drifting: false,
}

const event = (data: Partial<AnomalyEvent['data']>): string =>
  JSON.stringify({
    time: '2026-03-01T12:00:00.123Z',
    data: {
      verdict: { level: 'alarm', isAnomalous: true, key: 'gear', reason: '' },
      score: 0.75,
      threshold: 0.5,
      calibration: DONE,
      regions: [{}],
      image: { sha256: 'a' },
      timing: { totalMs: 33.4 },
      ...data,
    },
  })

const OK = { level: 'ok', isAnomalous: false, key: 'gear', reason: '' } as const
const UNDECIDED = { level: 'undecided', isAnomalous: null, key: 'gear', reason: '' } as const
const truth = (good: boolean) => ({ sha256: 'a', sample: 'gear-1', good, mask: '' })
const line = (...args: Parameters<typeof printedEvent>): string => printedEvent(...args).replace(/ +/g, ' ')

describe('a printed event', () => {
  it('says time, product, level, score against threshold, regions and milliseconds', () =>
    assert.match(
      line('demo/events/gear', event({})),
      /^\d\d:\d\d:\d\d gear alarm score 0\.7500 ≥ 0\.5000 1 region 33 ms$/,
    ))

  it('says what the part really was, where that is known', () => {
    assert.match(line('gear', event({}), truth(false)), / right \(gear-1\)$/)
    assert.match(line('gear', event({}), truth(true)), / WRONG: false alarm \(gear-1\)$/)
    assert.match(line('gear', event({ verdict: OK }), truth(true)), / right \(gear-1\)$/)
    assert.match(line('gear', event({ verdict: OK }), truth(false)), / WRONG: defect missed \(gear-1\)$/)
  })

  it('counts the good parts while the threshold calibrates, and judges none of them', () => {
    const calibration = { ...DONE, state: 'collecting', collected: 3, falseRejectBound: null } as const
    const collecting = event({ verdict: UNDECIDED, threshold: null, calibration })
    assert.match(
      line('gear', collecting, truth(true)),
      / gear calibrating score 0\.7500 good part 3\/10 33 ms$/,
    )
  })

  it('calls a part undecided that was not taken for calibrating', () =>
    assert.match(
      line(
        'gear',
        event({ verdict: UNDECIDED, calibration: null, score: null, threshold: null }),
        truth(true),
      ),
      / gear undecided score none 1 region 33 ms undecided \(gear-1\)$/,
    ))

  it('does not round a score up to 1', () =>
    assert.match(line('gear', event({ score: 0.999999 })), /score 0\.9999 /))

  it('starts the same column at the same place in every line', () => {
    const columns = [event({}), event({ verdict: UNDECIDED }), event({ verdict: OK, regions: [] })].map(
      (payload) => printedEvent('gear', payload).indexOf(' ms'),
    )
    assert.equal(new Set(columns).size, 1, String(columns))
  })

  it('shows what is no event', () =>
    assert.match(line('demo/events/gear', '{"hello":1}'), / gear not an event: \{"hello":1\}$/))
})

describe('whether an event tells of calibrating', () => {
  const isCalibratingPart = (data: Partial<AnomalyEvent['data']>): boolean => {
    const read = readEvent(event(data))
    return read !== null && isCalibrating(read)
  }

  it('is true of the last good part too, as nobody has judged it', () =>
    assert.equal(isCalibratingPart({ verdict: UNDECIDED }), true))

  it('is false of a verdict, and of what is undecided under configured thresholds', () => {
    assert.equal(isCalibratingPart({}), false)
    assert.equal(isCalibratingPart({ verdict: UNDECIDED, calibration: null }), false)
  })
})
