import assert from 'node:assert/strict'
import { isCalibrated, limitsOf, readSettings } from '../../../inspection/threshold/settings.ts'

const refused = (config: object, ...words: (string | RegExp)[]): void => {
  assert.throws(
    () => readSettings(config),
    (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'THRESHOLD_SETTINGS')
      for (const word of words) assert.match(thrown.message, new RegExp(word))
      return true
    },
  )
}

describe('the settings of a threshold', () => {
  it('that a flow does not have are those of version 1', () => {
    const { keys, ...settings } = readSettings({})
    assert.equal(keys.size, 0)
    assert.deepEqual(settings, {
      mode: 'fixed',
      limits: { score: 0.5, warning: null, pixel: null, minArea: 0 },
      hysteresis: 0,
      debounce: { n: 1, m: 1 },
      goodParts: 50,
      rule: { rule: 'quantile', quantile: 0.99, rate: 0.01, margin: 0, pixel: true },
      driftWarning: true,
    })
  })

  it('are read from the text that the editor saves', () => {
    const settings = readSettings({
      score: '0.8',
      warning: ' 0.6 ',
      pixel: '',
      minArea: '1.5',
      debounceN: '2',
      debounceM: '3',
    })
    assert.deepEqual(settings.limits, { score: 0.8, warning: 0.6, pixel: null, minArea: 1.5 })
    assert.deepEqual(settings.debounce, { n: 2, m: 3 })
  })

  it('out of range are refused, naming setting, value and range', () => {
    refused({ score: 1.2 }, '"score" is 1.2', 'above 0 up to 1')
    refused({ score: 0 }, '"score"')
    refused({ score: 'high' }, '"score" is "high"')
    refused({ score: Number.NaN }, '"score"')
    refused({ pixel: 0 }, '"pixel"')
    refused({ minArea: 101 }, '"minArea"')
    refused({ hysteresis: -0.1 }, '"hysteresis"')
    refused({ debounceN: 1.5 }, '"debounceN"', 'whole number')
    refused({ debounceM: 101, debounceN: 1 }, '"debounceM"')
    refused({ goodParts: 1 }, '"goodParts"', 'from 2 up to 5000')
    refused({ quantile: 0.4 }, '"quantile"')
    refused({ rate: 0 }, '"rate"')
    refused({ margin: 1 }, '"margin"', 'below 1')
    refused({ mode: 'auto' }, '"mode"', 'fixed, calibrate')
    refused({ rule: 'best' }, '"rule"')
    refused({ driftWarning: 'yes' }, '"driftWarning"')
    refused({ calibratePixel: 1 }, '"calibratePixel"')
  })

  it('that contradict each other are refused', () => {
    refused({ score: 0.5, warning: 0.5 }, '"warning" is 0.5', 'below the score threshold \\(0.5\\)')
    refused({ debounceN: 3, debounceM: 2 }, '"debounceN" is 3', 'at most "debounceM" \\(2\\)')
    refused({ score: 0.9, warning: 0.6, settings: [{ key: 'a', score: 0.5 }] }, 'key "a"')
  })

  it('of a key replace those of all only where they are given', () => {
    const settings = readSettings({
      score: 0.5,
      pixel: 0.6,
      settings: [{ key: 'cam2', score: '0.9', warning: '0.7', pixel: '', minArea: 2 }],
    })
    assert.deepEqual(limitsOf(settings, 'cam2'), { score: 0.9, warning: 0.7, pixel: 0.6, minArea: 2 })
    assert.deepEqual(limitsOf(settings, 'cam1'), settings.limits)
  })

  it('of a key are refused when they are no list, have no key, or name a key twice', () => {
    refused({ settings: 'cam' }, '"settings"')
    refused({ settings: [null] }, 'settings\\[0\\]')
    refused({ settings: [{ score: 0.4 }] }, 'settings\\[0\\].key')
    refused({ settings: [{ key: 'a' }, { key: 'a' }] }, 'settings\\[1\\].key', 'once')
    refused({ settings: [{ key: 'a', pixel: 2 }] }, 'settings\\[0\\].pixel')
  })

  it('calibrate every key but those with a score of their own', () => {
    const settings = readSettings({
      mode: 'calibrate',
      settings: [
        { key: 'a', score: 0.4 },
        { key: 'b', minArea: 1 },
      ],
    })
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => isCalibrated(settings, key)),
      [false, true, true],
    )
    assert.equal(isCalibrated(readSettings({}), 'c'), false)
  })
})
