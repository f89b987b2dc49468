import assert from 'node:assert/strict'
import { type Control, obey } from '../../../inspection/threshold/control.ts'
import { decide } from '../../../inspection/threshold/decide.ts'
import { readState } from '../../../inspection/threshold/read-state.ts'
import { readSettings } from '../../../inspection/threshold/settings.ts'
import { EMPTY_STATE } from '../../../inspection/threshold/state.ts'
import { anomaly, mapOf } from './anomalies.ts'

const RECOMMENDATION = {
  format: 'anomalyclip-threshold',
  version: 1,
  score: 0.8,
  goodParts: 100,
  falseRejectBound: 0.03,
}

/** A threshold that can be told things and shown images; its state goes through JSON each time. */
const threshold = (config: object) => {
  const settings = readSettings(config)
  let state = EMPTY_STATE
  const kept = () => readState(JSON.parse(JSON.stringify(state)))
  const look = (image: object) => {
    const decision = decide(settings, kept(), 'cam', image)
    state = decision.state
    return decision.verdict
  }
  return {
    tell: (control: Control): string[] => {
      const obeyed = obey(settings, kept(), control)
      state = obeyed.state
      return obeyed.notices.map(({ text }) => text)
    },
    look,
    see: (score: number, key = 'cam', map = mapOf(), className?: string) => {
      const decision = decide(settings, kept(), key, anomaly(score, map, '1', className))
      state = decision.state
      return decision.verdict
    },
  }
}

describe('the control message', () => {
  it('that is to keep what there is counts only where nobody has told another thing', () => {
    const { tell, see } = threshold({ score: 0.9 })
    see(0.5)
    const again = { control: 'import', payload: RECOMMENDATION, keep: true }
    tell(again)
    assert.equal(see(0.5).threshold, 0.8)
    tell({ control: 'import', payload: { ...RECOMMENDATION, score: 0.7 } })
    tell(again)
    tell({ control: 'calibrate', keep: true })
    assert.equal(see(0.5).threshold, 0.7)
  })

  it('calibrate starts a collection in fixed mode too, for one key', () => {
    const { tell, see } = threshold({ score: 0.9, goodParts: 2 })
    tell({ control: 'calibrate', key: 'a' })
    assert.deepEqual(
      [see(0.3, 'a').level, see(0.4, 'a').level, see(0.5, 'a').level],
      ['undecided', 'undecided', 'alarm'],
    )
    assert.equal(see(0.5, 'b').level, 'ok')
  })

  it('calibrate without a key starts every key over, those to come included', () => {
    const { tell, see } = threshold({ score: 0.9 })
    see(0.1, 'known')
    tell({ control: 'calibrate' })
    assert.equal(see(0.1, 'known').level, 'undecided')
    assert.equal(see(0.1, 'new').level, 'undecided')
  })

  it('calibrate drops what was collected and the alarms of before', () => {
    const { tell, see } = threshold({ mode: 'calibrate', goodParts: 3, debounceN: 2, debounceM: 2 })
    see(0.5)
    see(0.5)
    tell({ control: 'calibrate', key: 'cam' })
    assert.equal(see(0.5).calibration!.collected, 1)
  })

  it('finish closes a collection early, with the bound that few parts deserve', () => {
    const { tell, see } = threshold({ mode: 'calibrate', calibratePixel: false })
    for (let part = 0; part < 10; part++) see(0.5)
    assert.match(tell({ control: 'finish', key: 'cam' }).join(), /calibrated on 10 good parts.*25.9 %/)
    assert.equal(see(0.6).level, 'alarm')
  })

  it('finish is refused with fewer than two parts, naming how many there are', () => {
    const { tell, see } = threshold({ mode: 'calibrate' })
    assert.throws(() => tell({ control: 'finish' }), {
      code: 'THRESHOLD_CONTROL',
      message: /found 0 collected/,
    })
    see(0.5)
    assert.throws(() => tell({ control: 'finish', key: 'cam' }), {
      code: 'THRESHOLD_CONTROL',
      message: /found 1 collected/,
    })
    assert.throws(() => threshold({}).tell({ control: 'finish' }), { code: 'THRESHOLD_CONTROL' })
  })

  it('finish without a key closes what can be closed and leaves the rest collecting', () => {
    const { tell, see } = threshold({ mode: 'calibrate' })
    see(0.5, 'a')
    see(0.5, 'a')
    see(0.5, 'b')
    assert.equal(tell({ control: 'finish' }).length, 1)
    assert.deepEqual([see(0.6, 'a').level, see(0.6, 'b').level], ['alarm', 'undecided'])
  })

  it('reset takes one key, or all, back to what the settings say', () => {
    const { tell, see } = threshold({ score: 0.9 })
    tell({ control: 'import', payload: { ...RECOMMENDATION, score: 0.2 } })
    assert.deepEqual([see(0.3, 'a').level, see(0.3, 'b').level], ['alarm', 'alarm'])
    tell({ control: 'reset', key: 'a' })
    assert.deepEqual(
      [see(0.3, 'a').level, see(0.3, 'b').level, see(0.3, 'new').level],
      ['ok', 'alarm', 'alarm'],
    )
    tell({ control: 'reset' })
    assert.deepEqual([see(0.3, 'b').level, see(0.3, 'another').level], ['ok', 'ok'])
  })

  it('reset in calibrate mode collects again', () => {
    const { tell, see } = threshold({ mode: 'calibrate', goodParts: 2 })
    see(0.5)
    see(0.5)
    assert.equal(see(0.5).level, 'ok')
    tell({ control: 'reset', key: 'cam' })
    assert.equal(see(0.5).level, 'undecided')
  })

  it('import takes score, warning, pixel and area from a recommendation, as object or text', () => {
    for (const payload of [
      { ...RECOMMENDATION, warning: 0.7, pixel: 0.5, minArea: 12.5 },
      JSON.stringify({ ...RECOMMENDATION, warning: 0.7, pixel: 0.5, minArea: 12.5 }),
    ]) {
      const { tell, see } = threshold({ score: 0.3, warning: 0.1, pixel: 0.2 })
      tell({ control: 'import', key: 'cam', payload })
      assert.deepEqual([see(0.69).level, see(0.7).level, see(0.8).level], ['ok', 'warning', 'alarm'])
      assert.equal(see(0.1, 'cam', mapOf(0.5)).level, 'ok')
      assert.equal(see(0.1, 'cam', mapOf(0.5, 0.5)).level, 'alarm')
      assert.deepEqual(see(0.1).calibration, {
        state: 'done',
        collected: 100,
        wanted: 100,
        falseRejectBound: 0.03,
        drifting: false,
      })
      assert.equal(see(0.4, 'other').level, 'alarm')
    }
  })

  it('import holds for its model only', () => {
    const { tell, see } = threshold({})
    tell({ control: 'import', payload: { ...RECOMMENDATION, model: { name: 'nano', version: '2' } } })
    assert.match(see(0.1).reason, /hold for model nano@2, .* nano@1/)
    tell({ control: 'import', payload: { ...RECOMMENDATION, model: { name: 'nano', version: '1' } } })
    assert.equal(see(0.1).level, 'ok')
  })

  it('import holds for its class only, and for every class where it says none', () => {
    const { tell, see } = threshold({})
    const ofClass = (className: string) => see(0.1, 'cam', mapOf(), className)
    const model = { name: 'nano', version: '1' }
    tell({ control: 'import', payload: { ...RECOMMENDATION, model: { ...model, className: 'bottle' } } })
    assert.equal(ofClass('bottle').level, 'ok')
    assert.match(ofClass('nut').reason, /hold for model nano@1, class "bottle", .* nano@1, class "nut"/)
    assert.match(see(0.1).reason, /hold for model nano@1, class "bottle", .* nano@1:/)
    tell({ control: 'import', payload: { ...RECOMMENDATION, model } })
    assert.deepEqual([ofClass('bottle').level, ofClass('nut').level, see(0.1).level], ['ok', 'ok', 'ok'])
  })

  it('import was made on whole images, and says nothing about tiles', () => {
    const { tell, look } = threshold({})
    tell({ control: 'import', payload: { ...RECOMMENDATION, model: { name: 'nano', version: '1' } } })
    assert.equal(look(anomaly(0.1)).level, 'ok')
    const tiled = look({ ...anomaly(0.1), view: { key: '1a2b3c4d' } })
    assert.equal(tiled.level, 'undecided')
    assert.match(tiled.reason, /hold for model nano@1, .* nano@1, view 1a2b3c4d/)
  })

  it('unknown is refused, and so is a key that is not text', () => {
    const { tell } = threshold({})
    for (const control of ['learn', '', null, 5, {}])
      assert.throws(() => tell({ control }), {
        code: 'THRESHOLD_CONTROL',
        message: /expected calibrate, finish, reset or import/,
      })
    assert.throws(() => tell({ control: 'reset', key: {} }), {
      code: 'THRESHOLD_CONTROL',
      message: /msg.key/,
    })
  })

  it('takes a number as the key that images with that number have', () => {
    const { tell, see } = threshold({ score: 0.9 })
    tell({ control: 'calibrate', key: 7 })
    assert.equal(see(0.1, '7').level, 'undecided')
  })
})
