import assert from 'node:assert/strict'
import { decide } from '../../../inspection/threshold/decide.ts'
import { readState } from '../../../inspection/threshold/read-state.ts'
import { readSettings } from '../../../inspection/threshold/settings.ts'
import { EMPTY_STATE, MAX_KEYS, type ThresholdState } from '../../../inspection/threshold/state.ts'
import type { Verdict } from '../../../inspection/types.ts'
import { seeded } from '../random.ts'
import { anomaly, mapOf } from './anomalies.ts'

/** Decides one image after the other; the state goes through JSON each time, as through a context store. */
const sequence = (
  config: object,
  images: readonly unknown[],
  from: ThresholdState = EMPTY_STATE,
  key = 'cam',
) => {
  const settings = readSettings(config)
  const verdicts: Verdict[] = []
  const notices: string[] = []
  let state = from
  for (const image of images) {
    const decision = decide(settings, readState(JSON.parse(JSON.stringify(state))), key, image)
    state = decision.state
    verdicts.push(decision.verdict)
    notices.push(...decision.notices.map(({ level, text }) => `${level}: ${text}`))
  }
  return { verdicts, notices, state, levels: verdicts.map(({ level }) => level) }
}
const scores = (...list: number[]) => list.map((score) => anomaly(score))
const last = <T>(list: readonly T[]): T => list[list.length - 1]!

describe('a fixed threshold', () => {
  it('alarms at the threshold itself and warns at the warning level itself', () => {
    const { verdicts, levels } = sequence({ score: 0.5, warning: 0.4 }, scores(0.39, 0.4, 0.49, 0.5, 0.51))
    assert.deepEqual(levels, ['ok', 'warning', 'warning', 'alarm', 'alarm'])
    assert.deepEqual(
      verdicts.map(({ isAnomalous }) => isAnomalous),
      [false, false, false, true, true],
    )
    assert.deepEqual(
      { ...verdicts[3], reason: '' },
      {
        level: 'alarm',
        isAnomalous: true,
        score: 0.5,
        threshold: 0.5,
        pixelThreshold: null,
        minArea: null,
        area: 0,
        key: 'cam',
        reason: '',
        calibration: null,
      },
    )
  })

  it('alarms on the map alone when a region at or above the pixel threshold covers the minimum area', () => {
    const config = { score: 0.9, pixel: 0.5, minArea: 12.5 }
    const { verdicts, levels } = sequence(config, [
      anomaly(0.1, mapOf(0.5)),
      anomaly(0.1, mapOf(0.5, 0.5)),
      anomaly(0.1, mapOf(0.5, 0.49)),
      anomaly(0.1, mapOf(0.5, 0, 0.5)),
    ])
    assert.deepEqual(levels, ['ok', 'alarm', 'ok', 'ok'])
    assert.equal(verdicts[1]!.area, 2 / 16)
    assert.equal(verdicts[1]!.minArea, 12.5)
    assert.match(verdicts[1]!.reason, /score 0.1 is below 0.9; 12.5 % of the map is at or above 0.5/)
    assert.equal(verdicts[0]!.area, 0)
  })

  it('carries the minimum area of the key that it was taken with, and none where the map was not judged', () => {
    const settings = [{ key: 'own', minArea: 5 }]
    const minAreaOf = (config: object, key: string, image = anomaly(0.1)) =>
      sequence({ minArea: 1, settings, ...config }, [image], EMPTY_STATE, key).verdicts[0]!.minArea
    assert.equal(minAreaOf({ pixel: 0.5 }, 'cam'), 1)
    assert.equal(minAreaOf({ pixel: 0.5 }, 'own'), 5)
    assert.equal(minAreaOf({}, 'own'), null)
    assert.equal(minAreaOf({ pixel: 0.5 }, 'own', anomaly(Number.NaN)), null)
    const calibrate = { mode: 'calibrate', goodParts: 2, minArea: 1 }
    const parts = [...scores(0.5, 0.6), anomaly(0.1, mapOf(), '2')]
    assert.deepEqual(
      sequence(calibrate, parts).verdicts.map(({ minArea }) => minArea),
      [null, null, 1],
    )
  })

  it('warns at an image that is over before n of m are', () => {
    const { verdicts, levels } = sequence(
      { score: 0.5, debounceN: 2, debounceM: 3 },
      scores(0.9, 0.1, 0.9, 0.1, 0.1),
    )
    assert.deepEqual(levels, ['warning', 'ok', 'alarm', 'ok', 'ok'])
    assert.match(verdicts[0]!.reason, /1 over, an alarm needs 2 of the last 3/)
  })

  it('keeps an alarm up until the score is below threshold minus hysteresis', () => {
    const { levels, verdicts } = sequence(
      { score: 0.5, hysteresis: 0.1 },
      scores(0.45, 0.5, 0.45, 0.4, 0.39, 0.45),
    )
    assert.deepEqual(levels, ['ok', 'alarm', 'alarm', 'alarm', 'ok', 'ok'])
    assert.match(verdicts[2]!.reason, /has not cleared/)
  })

  it('never lets an image pass as anomalous or ok against threshold and hysteresis (property)', () => {
    const random = seeded(41)
    for (let trial = 0; trial < 100; trial++) {
      const score = 0.2 + random() * 0.6
      const hysteresis = random() * 0.2
      const list = Array.from({ length: 30 }, () => random())
      let alarming = false
      for (const [at, verdict] of sequence({ score, hysteresis }, scores(...list)).verdicts.entries()) {
        alarming = list[at]! >= score || (alarming && list[at]! >= score - hysteresis)
        assert.equal(verdict.isAnomalous, alarming)
      }
    }
  })

  it('keeps keys apart, in settings and in what is remembered', () => {
    const config = { score: 0.5, debounceN: 2, debounceM: 2, settings: [{ key: 'b', score: 0.95 }] }
    const first = sequence(config, scores(0.9), EMPTY_STATE, 'a')
    const second = sequence(config, scores(0.9, 0.9), first.state, 'b')
    assert.deepEqual(second.levels, ['ok', 'ok'])
    assert.deepEqual(sequence(config, scores(0.9), second.state, 'a').levels, ['alarm'])
  })

  it('forgets the key that was not used for longest beyond the limit, and says so', () => {
    const settings = readSettings({ score: 0.5, debounceN: 2, debounceM: 2 })
    let state = EMPTY_STATE
    const notices: string[] = []
    const see = (key: string) => {
      const decision = decide(settings, state, key, anomaly(0.9))
      state = decision.state
      notices.push(...decision.notices.map(({ text }) => text))
      return decision.verdict.level
    }
    for (let i = 0; i < MAX_KEYS; i++) see(`key${i}`)
    assert.equal(see('key0'), 'alarm')
    assert.deepEqual(notices, [])
    see('one more')
    assert.equal(state.keys.length, MAX_KEYS)
    assert.equal(state.forgotten, 1)
    assert.match(notices.join(), /key "key1" was forgotten/)
    assert.equal(see('key0'), 'alarm')
    assert.equal(see('key1'), 'warning')
  })
})

describe('what cannot be decided', () => {
  const broken: [string, unknown, RegExp][] = [
    ['a missing score', { map: mapOf() }, /score is missing/],
    ['a score that is text', anomaly('0.1'), /score is missing/],
    ['a score that is NaN', anomaly(Number.NaN), /score is NaN/],
    ['an infinite score', anomaly(Infinity), /score is Infinity/],
    ['a score of minus infinity', anomaly(-Infinity), /score is -Infinity/],
    ['a missing map', { score: 0.1 }, /map is missing/],
    [
      'a map without values',
      anomaly(0.1, { width: 0, height: 0, data: new Float32Array() }),
      /size is 0 × 0/,
    ],
    [
      'a map of another size',
      anomaly(0.1, { width: 5, height: 4, data: new Float32Array(16) }),
      /16 values come with 5 × 4/,
    ],
    ['a map that went through JSON', anomaly(0.1, JSON.parse(JSON.stringify(mapOf()))), /no Float32Array/],
    ['a NaN in the map', anomaly(0.1, mapOf(0, 0, Number.NaN)), /x 2, y 0 is NaN/],
    ['an infinity in the map', anomaly(0.1, mapOf(-Infinity)), /x 0, y 0 is -Infinity/],
  ]
  for (const [what, image, reason] of broken)
    it(`is never ok: ${what}`, () => {
      for (const config of [{}, { pixel: 0.5 }, { mode: 'calibrate' }]) {
        const { verdicts, state } = sequence(config, [image])
        assert.equal(verdicts[0]!.level, 'undecided')
        assert.equal(verdicts[0]!.isAnomalous, null)
        assert.match(verdicts[0]!.reason, reason)
        assert.deepEqual(state, EMPTY_STATE)
      }
    })

  it('does not count for debouncing', () => {
    const { levels } = sequence({ debounceN: 2, debounceM: 2 }, [
      anomaly(0.9),
      anomaly(Number.NaN),
      anomaly(0.9),
    ])
    assert.deepEqual(levels, ['warning', 'undecided', 'alarm'])
  })

  it('is an error when there is no anomaly at all', () => {
    for (const nothing of [undefined, null, 'text', 5])
      assert.throws(() => sequence({}, [nothing]), { code: 'THRESHOLD_INPUT' })
  })
})

describe('calibration on good parts', () => {
  const CALIBRATE = { mode: 'calibrate', goodParts: 4, quantile: 1 }

  it('is undecided until n parts are collected, counts them, and then decides above them', () => {
    const { verdicts, levels, notices } = sequence(CALIBRATE, scores(0.5, 0.7, 0.6, 0.55, 0.7, 0.70001, 0.2))
    assert.deepEqual(levels, ['undecided', 'undecided', 'undecided', 'undecided', 'ok', 'alarm', 'ok'])
    assert.deepEqual(
      verdicts.map(({ calibration }) => calibration!.collected),
      [1, 2, 3, 4, 4, 4, 4],
    )
    assert.equal(verdicts[2]!.calibration!.falseRejectBound, null)
    assert.match(verdicts[2]!.reason, /3 of 4/)
    const { falseRejectBound, ...rest } = last(verdicts).calibration!
    assert.deepEqual(rest, { state: 'done', collected: 4, wanted: 4, drifting: false })
    // Score and map together: Beta(2, 3), its 95 % quantile.
    assert.ok(Math.abs(falseRejectBound! - 0.7514) < 1e-4)
    assert.match(notices.join(), /info: key "cam": calibrated on 4 good parts: score threshold 0.7; .*75.1 %/)
  })

  it('takes the pixel threshold from the maps of the same parts', () => {
    const good = [0.2, 0.4, 0.3, 0.1].map((peak) => anomaly(0.5, mapOf(peak)))
    const { levels, verdicts } = sequence(CALIBRATE, [
      ...good,
      anomaly(0.5, mapOf(0.4)),
      anomaly(0.5, mapOf(0.41)),
    ])
    assert.deepEqual(levels.slice(4), ['ok', 'alarm'])
    assert.ok(verdicts[4]!.pixelThreshold! > Math.fround(0.4))
  })

  it('does not judge the map when the settings leave it out, and then vouches for more', () => {
    const config = { ...CALIBRATE, calibratePixel: false }
    const { verdicts } = sequence(config, [...scores(0.5, 0.5, 0.5, 0.5), anomaly(0.2, mapOf(1))])
    assert.equal(last(verdicts).level, 'ok')
    assert.equal(last(verdicts).pixelThreshold, null)
    assert.ok(Math.abs(last(verdicts).calibration!.falseRejectBound! - (1 - 0.05 ** 0.25)) < 1e-12)
  })

  it('judges the map by a configured pixel threshold where none is to be chosen, of a key too', () => {
    const config = { ...CALIBRATE, calibratePixel: false, pixel: 0.5, settings: [{ key: 'own', pixel: 0.9 }] }
    const images = [...scores(0.5, 0.5, 0.5, 0.5), anomaly(0.2, mapOf(0.8)), anomaly(0.2, mapOf(0.95))]
    for (const [key, levels] of [
      ['cam', ['alarm', 'alarm']],
      ['own', ['ok', 'alarm']],
    ] as const) {
      const judged = sequence(config, images, EMPTY_STATE, key)
      assert.deepEqual(judged.levels.slice(4), levels)
      assert.match(judged.notices.join(), /pixel threshold 0\.[59] as configured/)
      const scoreOnly = sequence({ ...CALIBRATE, calibratePixel: false }, images)
      const bound = ({ verdicts }: typeof judged) => last(verdicts).calibration!.falseRejectBound!
      assert.ok(bound(judged) > bound(scoreOnly))
    }
    const { state } = sequence(config, images)
    assert.equal(last(sequence({ ...config, pixel: 0.97 }, images.slice(4), state).levels), 'ok')
  })

  it('tells parts apart that crowd below 1', () => {
    const crowd = Math.fround(0.99999)
    const { levels } = sequence(CALIBRATE, scores(crowd, crowd, crowd, crowd, crowd, Math.fround(0.999999)))
    assert.deepEqual(levels.slice(4), ['ok', 'alarm'])
  })

  it('lets an alarm clear at half of the good parts, however large the hysteresis', () => {
    const crowd = Math.fround(0.99999)
    const config = { ...CALIBRATE, hysteresis: 0.3 }
    const { levels } = sequence(config, scores(crowd, crowd, crowd, crowd, 1, crowd))
    assert.deepEqual(levels.slice(4), ['alarm', 'ok'])
  })

  it('stays undecided when good parts already reach 1 in score and map: nothing could ever be over', () => {
    const top = anomaly(1, mapOf(1))
    const { levels, verdicts, notices } = sequence(CALIBRATE, [top, top, top, top, anomaly(0.1)])
    assert.equal(last(levels), 'undecided')
    assert.match(last(verdicts).reason, /already reach 1/)
    assert.match(notices.join(), /warn: /)
  })

  it('does not count an image that cannot be measured', () => {
    const { verdicts } = sequence(CALIBRATE, [
      anomaly(0.5),
      anomaly(Number.NaN),
      anomaly(0.5, null),
      anomaly(0.6),
    ])
    assert.equal(last(verdicts).calibration!.collected, 2)
  })

  it('warns when the wanted rate needs more parts than there are', () => {
    const { notices } = sequence({ ...CALIBRATE, rule: 'rate', rate: 0.01 }, scores(0.1, 0.2, 0.3, 0.4))
    assert.match(notices.join(), /warn: .*the wanted 1 % needs 473 good parts/)
  })

  it('starts over when the model changes half-way, and is undecided when it changes afterwards', () => {
    const half = sequence(CALIBRATE, [anomaly(0.5), anomaly(0.5), anomaly(0.9, mapOf(), '2')])
    assert.equal(last(half.verdicts).calibration!.collected, 1)
    assert.match(half.notices.join(), /model is now nano@2/)
    const { levels, verdicts } = sequence(CALIBRATE, [
      ...scores(0.5, 0.5, 0.5, 0.5),
      anomaly(0.1, mapOf(), '2'),
      anomaly(0.1),
    ])
    assert.deepEqual(levels.slice(4), ['undecided', 'ok'])
    assert.match(verdicts[4]!.reason, /nano@1.*nano@2/)
  })

  it('takes another class of the same model for another model', () => {
    const of = (className: string | undefined, ...list: number[]) =>
      list.map((score) => anomaly(score, mapOf(), '1', className))
    const half = sequence(CALIBRATE, [...of('bottle', 0.5, 0.5), ...of('nut', 0.9)])
    assert.equal(last(half.verdicts).calibration!.collected, 1)
    assert.match(half.notices.join(), /model is now nano@1, class "nut"/)
    const done = sequence(CALIBRATE, of('bottle', 0.5, 0.5, 0.5, 0.5))
    const { levels, verdicts } = sequence(
      CALIBRATE,
      [...of('nut', 0.1), ...of(undefined, 0.1), ...of('bottle', 0.1)],
      done.state,
    )
    assert.deepEqual(levels, ['undecided', 'undecided', 'ok'])
    assert.match(verdicts[0]!.reason, /hold for model nano@1, class "bottle", .* nano@1, class "nut"/)
  })

  it('takes another view of the same model for another model, and none for one of its own', () => {
    const of = (key: string | null, ...list: number[]) =>
      list.map((score) => ({ ...anomaly(score), ...(key === null ? {} : { view: { key } }) }))
    const done = sequence(CALIBRATE, of('1a2b3c4d', 0.5, 0.5, 0.5, 0.5))
    const images = [...of('5e6f7a8b', 0.1), ...of(null, 0.1), ...of('1a2b3c4d', 0.1)]
    const { levels, verdicts } = sequence(CALIBRATE, images, done.state)
    assert.deepEqual(levels, ['undecided', 'undecided', 'ok'])
    assert.match(verdicts[0]!.reason, /hold for model nano@1, view 1a2b3c4d, .* nano@1, view 5e6f7a8b/)
    const whole = sequence(CALIBRATE, of(null, 0.5, 0.5, 0.5, 0.5))
    assert.deepEqual(sequence(CALIBRATE, images, whole.state).levels, ['undecided', 'ok', 'undecided'])
    // Thresholds that somebody has set are for whatever comes.
    assert.deepEqual(sequence({ score: 0.5 }, images).levels, ['ok', 'ok', 'ok'])
  })

  it('chooses anew from the same parts when the rule changes, without collecting again', () => {
    const parts = scores(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
    const strict = sequence({ ...CALIBRATE, goodParts: 10 }, parts)
    const loose = sequence({ ...CALIBRATE, goodParts: 10, quantile: 0.5 }, scores(0.7), strict.state)
    assert.equal(last(loose.levels), 'alarm')
    assert.ok(Math.abs(last(loose.verdicts).threshold! - 0.5) < 1e-9)
  })

  it('collects anew when the minimum area changes, as peaks of another area say nothing', () => {
    const { state } = sequence(CALIBRATE, scores(0.5, 0.5, 0.5, 0.5))
    assert.deepEqual(sequence({ ...CALIBRATE, minArea: 20 }, scores(0.1), state).levels, ['undecided'])
    const scoreOnly = { ...CALIBRATE, calibratePixel: false }
    const kept = sequence(scoreOnly, scores(0.5, 0.5, 0.5, 0.5)).state
    assert.deepEqual(sequence({ ...scoreOnly, minArea: 20 }, scores(0.1), kept).levels, ['ok'])
  })

  it('is put aside, not lost, while the settings are fixed', () => {
    const { state } = sequence(CALIBRATE, scores(0.5, 0.5, 0.5, 0.5))
    const fixed = sequence({ score: 0.9 }, scores(0.6), state)
    assert.deepEqual(fixed.levels, ['ok'])
    assert.deepEqual(sequence(CALIBRATE, scores(0.6), fixed.state).levels, ['alarm'])
  })

  it('leaves a key with a score of its own alone', () => {
    const config = { ...CALIBRATE, settings: [{ key: 'cam', score: 0.9 }] }
    assert.deepEqual(sequence(config, scores(0.1)).levels, ['ok'])
  })

  it('warns of drift in log and verdict when good scores move away, and takes it back', () => {
    const random = seeded(51)
    const around = (centre: number, n: number) =>
      Array.from({ length: n }, () => anomaly(centre + random() * 0.1))
    const config = { ...CALIBRATE, goodParts: 100 }
    const { state } = sequence(config, around(0.5, 100))
    const steady = sequence(config, around(0.5, 150), state)
    assert.deepEqual(steady.notices, [])
    const moved = sequence(config, around(0.3, 150), state)
    assert.equal(moved.verdicts[98]!.calibration!.drifting, false)
    assert.equal(moved.verdicts[99]!.calibration!.drifting, true)
    assert.equal(moved.verdicts[99]!.level, 'ok')
    assert.match(moved.notices.join(), /^warn: .*differ/)
    // The first window still holds 50 of the moved parts, the next ones none.
    const back = sequence(config, around(0.5, 250), moved.state)
    assert.match(back.notices.join(), /^info: .*again/)
    assert.equal(last(back.verdicts).calibration!.drifting, false)
    assert.deepEqual(sequence({ ...config, driftWarning: false }, around(0.3, 150), state).notices, [])
  })

  it('raises no drift warning by its own thresholds, which cut the parts off that are followed', () => {
    const random = seeded(52)
    // The higher the score, the lower the peak: each threshold cuts the scores off on its own side.
    const good = (n: number) =>
      Array.from({ length: n }, () => {
        const score = random() * 0.9
        return anomaly(score, mapOf(0.95 - score))
      })
    const config = { ...CALIBRATE, goodParts: 400, quantile: 0.7 }
    const { state } = sequence(config, good(400))
    assert.deepEqual(sequence(config, good(600), state).notices, [])
  })

  it('drops the alarms that were raised by other thresholds', () => {
    const alarm = sequence({ score: 0.5, debounceN: 1, debounceM: 5 }, scores(0.9))
    const config = { ...CALIBRATE, debounceN: 1, debounceM: 5 }
    const { levels } = sequence(config, scores(0.5, 0.5, 0.5, 0.5, 0.4), alarm.state)
    assert.equal(last(levels), 'ok')
  })

  it('does not follow the scores of parts that are over', () => {
    const { state } = sequence(CALIBRATE, scores(0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.4))
    const calibration = state.keys[0]!.calibration
    assert.ok(calibration?.state === 'calibrated')
    assert.deepEqual(calibration.drift.window, [0.4])
  })
})
