import assert from 'node:assert/strict'
import { readSettings, type TrainConfig } from '../../../nodes/anomalyclip-train/settings.ts'

const configOf = (changes: object = {}): TrainConfig => ({ version: 1, ...changes }) as TrainConfig

describe('the settings of anomalyclip-train', () => {
  it('of a flow that says nothing are those of version 1', () => {
    assert.deepEqual(readSettings(configOf(), '/user'), {
      folder: '/user/anomalyclip/training/line',
      name: 'line',
      image: { value: 'payload', type: 'msg' },
      judgement: { value: 'judgement', type: 'msg' },
      mask: { value: 'drawn', type: 'msg' },
      least: { good: 20, bad: 10 },
      epochs: 15,
      weights: {},
    })
  })

  it('take a folder anywhere, whose last part names the models, and files that are given', () => {
    const { folder, name, weights } = readSettings(
      configOf({ folder: '/data/Line 3', clip: '/w/clip.pt', prompts: ' ' }),
      '/user',
    )
    assert.deepEqual([folder, name, weights], ['/data/Line 3', 'Line 3', { clip: '/w/clip.pt' }])
  })

  it('are refused where a folder would lead elsewhere, a number is out of range, or a file has no whole path', () => {
    for (const changes of [
      { folder: '../line' },
      { folder: 'a/b' },
      { folder: '.hidden' },
      { folder: '/' },
      { folder: '-line' },
      { leastGood: '4' },
      { leastBad: 'many' },
      { epochs: '0' },
      { clip: 'clip.pt' },
      { prompts: './prompts.pth' },
      { version: 2 },
    ])
      assert.throws(
        () => readSettings(configOf(changes), '/user'),
        { code: 'NODE_CONFIG' },
        JSON.stringify(changes),
      )
  })
})
