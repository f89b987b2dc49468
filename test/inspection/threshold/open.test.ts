import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../../../inspection/threshold/keeper.ts'
import { openThreshold } from '../../../inspection/threshold/open.ts'
import { readSettings } from '../../../inspection/threshold/settings.ts'
import { anomaly } from './anomalies.ts'

/** A store that answers late, like a file, and counts; and a timer that runs when told. */
const setUp = (config: object, kept?: unknown) => {
  const text = { kept: kept === undefined ? undefined : JSON.stringify(kept), writes: 0, writing: 0 }
  const failing = { read: false, write: false }
  const store: Store = {
    read: async () => {
      await nextTurn()
      if (failing.read) throw new Error('no answer')
      return text.kept === undefined ? undefined : JSON.parse(text.kept)
    },
    write: async (state) => {
      assert.equal(++text.writing, 1, 'two writes at a time')
      await nextTurn()
      text.writing--
      if (failing.write) throw new Error('disk full')
      text.kept = JSON.stringify(state)
      text.writes++
    },
  }
  const timers: (() => void)[] = []
  const errors: unknown[] = []
  const notices: string[] = []
  const threshold = openThreshold(
    readSettings(config),
    store,
    { notice: (notice) => notices.push(notice.text), error: (thrown) => errors.push(thrown) },
    (run, afterMs) => {
      assert.ok(afterMs >= 1000)
      timers.push(run)
      return () => timers.splice(timers.indexOf(run), 1)
    },
  )
  return { threshold, text, failing, timers, errors, notices }
}

describe('a threshold with a store', () => {
  it('decides in the order of the calls although the store answers late', async () => {
    const { threshold } = setUp({ mode: 'calibrate', goodParts: 5 })
    const verdicts = await Promise.all([1, 2, 3].map(() => threshold.decide(() => 'cam', anomaly(0.5))))
    assert.deepEqual(
      verdicts.map(({ calibration }) => calibration!.collected),
      [1, 2, 3],
    )
  })

  it('lets no control message overtake an image whose key is still being looked up', async () => {
    const { threshold } = setUp({ mode: 'calibrate', goodParts: 5 })
    const slowKey = async () => {
      await nextTurn()
      return 'cam'
    }
    const images = [1, 2].map(() => threshold.decide(slowKey, anomaly(0.5)))
    await threshold.obey({ control: 'finish' })
    await Promise.all(images)
    assert.equal((await threshold.decide(() => 'cam', anomaly(0.4))).level, 'ok')
  })

  it('goes on with a half-finished collection after a restart', async () => {
    const config = { mode: 'calibrate', goodParts: 4, quantile: 1 }
    const before = setUp(config)
    for (const score of [0.5, 0.6]) await before.threshold.decide(() => 'cam', anomaly(score))
    await before.threshold.close()
    const after = setUp(config, JSON.parse(before.text.kept!))
    assert.equal((await after.threshold.decide(() => 'cam', anomaly(0.7))).calibration!.collected, 3)
    await after.threshold.decide(() => 'cam', anomaly(0.7))
    await after.threshold.close()
    const later = setUp(config, JSON.parse(after.text.kept!))
    assert.equal((await later.threshold.decide(() => 'cam', anomaly(0.71))).level, 'alarm')
  })

  it('writes once an interval while it collects, and at once when the calibration is done', async () => {
    const { threshold, text, timers } = setUp({ mode: 'calibrate', goodParts: 10 })
    for (let part = 0; part < 9; part++) await threshold.decide(() => 'cam', anomaly(0.5))
    assert.equal(text.writes, 0)
    assert.equal(timers.length, 1)
    timers[0]!()
    await nextTurn()
    await nextTurn()
    assert.equal(text.writes, 1)
    await threshold.decide(() => 'cam', anomaly(0.5))
    await nextTurn()
    await nextTurn()
    assert.equal(text.writes, 2)
    assert.match(text.kept!, /calibrated/)
    assert.equal(timers.filter(Boolean).length <= 1, true)
  })

  it('writes what is left when it closes, after what is still being decided', async () => {
    const { threshold, text } = setUp({ mode: 'calibrate', goodParts: 10 })
    void threshold.decide(() => 'cam', anomaly(0.5))
    void threshold.decide(() => 'cam', anomaly(0.6))
    await threshold.close()
    assert.deepEqual(JSON.parse(text.kept!).keys[0].calibration.parts.scores, [0.5, 0.6])
  })

  it('writes nothing any more once it is discarded', async () => {
    const { threshold, text, timers } = setUp({ mode: 'calibrate', goodParts: 5 })
    await threshold.decide(() => 'cam', anomaly(0.5))
    assert.equal(timers.length, 1)
    await threshold.discard()
    assert.deepEqual([timers.length, text.kept], [0, undefined])
    await threshold.close()
    assert.equal(text.kept, undefined)
  })

  it('never has two writes under way, and the newest state wins', async () => {
    const { threshold, text } = setUp({ mode: 'calibrate', goodParts: 2 })
    await Promise.all(['a', 'b', 'a', 'b'].map((key) => threshold.decide(() => key, anomaly(0.5))))
    await threshold.close()
    assert.equal(text.kept!.split('"calibrated"').length - 1, 2)
  })

  it('has a control message written before it is answered', async () => {
    const { threshold, text } = setUp({})
    await threshold.obey({ control: 'calibrate' })
    assert.match(text.kept!, /"fresh":"collect"/)
  })

  it('fails the call when the store cannot be read, writes nothing over it, and tries again', async () => {
    const kept = setUp({ mode: 'calibrate', goodParts: 3 })
    await kept.threshold.decide(() => 'cam', anomaly(0.5))
    await kept.threshold.close()
    const { threshold, text, failing } = setUp(
      { mode: 'calibrate', goodParts: 3 },
      JSON.parse(kept.text.kept!),
    )
    failing.read = true
    await assert.rejects(
      threshold.decide(() => 'cam', anomaly(0.5)),
      /no answer/,
    )
    assert.equal(text.writes, 0)
    failing.read = false
    assert.equal((await threshold.decide(() => 'cam', anomaly(0.5))).calibration!.collected, 2)
  })

  for (const [kind, kept] of [
    ['of a newer version', { version: 99 }],
    ['damaged', { version: 1, keys: 'gone', forgotten: 0, fresh: null }],
    ['no object', 'text'],
  ] as const)
    for (const mode of ['calibrate', 'fixed']) {
      it(`decides nothing and writes nothing over a state ${kind} in mode ${mode}, and reports it once`, async () => {
        const { threshold, text, errors } = setUp({ mode, goodParts: 2 }, kept)
        for (const key of ['a', 'a', 'a', 'b']) {
          const verdict = await threshold.decide(() => key, anomaly(0.1))
          assert.deepEqual([verdict.level, verdict.isAnomalous, verdict.key], ['undecided', null, key])
          assert.match(verdict.reason, /THRESHOLD_STATE/)
          assert.equal(verdict.score, 0.1)
        }
        await assert.rejects(
          threshold.decide(() => 'a', undefined),
          { code: 'THRESHOLD_INPUT' },
        )
        await threshold.close()
        assert.equal(text.writes, 0)
        assert.deepEqual(
          errors.map((error) => Reflect.get(Object(error), 'code')),
          ['THRESHOLD_STATE'],
        )
      })
    }

  it('refuses any control but calibrate and reset of every key over an unusable state', async () => {
    const { threshold, text } = setUp({}, { version: 99 })
    const recommendation = { format: 'anomalyclip-threshold', version: 1, score: 0.8 }
    for (const control of [
      { control: 'finish' },
      { control: 'import', payload: recommendation },
      { control: 'calibrate', key: 'a' },
      { control: 'reset', key: 'a' },
      { control: 'calibrate', keep: true },
    ])
      await assert.rejects(threshold.obey(control), { code: 'THRESHOLD_CONTROL', message: /THRESHOLD_STATE/ })
    assert.match((await threshold.decide(() => 'a', anomaly(0.1))).reason, /THRESHOLD_STATE/)
    assert.equal(text.writes, 0)
  })

  it('starts over from an unusable state once it is told to', async () => {
    const reset = setUp({ score: 0.5 }, { version: 99 })
    await reset.threshold.obey({ control: 'reset' })
    assert.equal(JSON.parse(reset.text.kept!).version, 1)
    assert.equal((await reset.threshold.decide(() => 'a', anomaly(0.1))).level, 'ok')
    const calibrate = setUp({ goodParts: 2 }, { version: 99 })
    await calibrate.threshold.obey({ control: 'calibrate' })
    const { level, calibration } = await calibrate.threshold.decide(() => 'a', anomaly(0.1))
    assert.deepEqual([level, calibration?.collected], ['undecided', 1])
  })

  it('reports a failed write, goes on, and writes the newest state next time', async () => {
    const { threshold, text, failing, errors } = setUp({ mode: 'calibrate', goodParts: 10 })
    failing.write = true
    await threshold.decide(() => 'cam', anomaly(0.5))
    await threshold.obey({ control: 'calibrate', key: 'other' })
    assert.equal(errors.length, 1)
    failing.write = false
    await threshold.decide(() => 'cam', anomaly(0.5))
    await threshold.close()
    assert.equal(JSON.parse(text.kept!).keys.length, 2)
  })

  it('goes on after a call that failed', async () => {
    const { threshold } = setUp({})
    await assert.rejects(
      threshold.decide(() => 'cam', undefined),
      { code: 'THRESHOLD_INPUT' },
    )
    await assert.rejects(threshold.obey({ control: 'nonsense' }), { code: 'THRESHOLD_CONTROL' })
    assert.equal((await threshold.decide(() => 'cam', anomaly(0.1))).level, 'ok')
  })

  it('does not write when nothing has changed', async () => {
    const { threshold, text, timers } = setUp({})
    await threshold.decide(() => 'cam', anomaly(Number.NaN))
    assert.equal(timers.length, 0)
    await threshold.close()
    assert.equal(text.writes, 0)
  })
})
