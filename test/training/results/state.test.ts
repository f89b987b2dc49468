import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkImages, checkSettings } from '../../../training/results/compare.ts'
import { readState, type TrainingState, writeState } from '../../../training/results/state.ts'

const state: TrainingState = {
  settings: {
    method: 'anomalyclip',
    imageSize: 64,
    dpamLayers: 4,
    features: [2, 4],
    activation: 'quickgelu',
    context: 1,
    depth: 2,
    deepTokens: 1,
    batch: 8,
    learningRate: 1e-3,
    seed: 111,
    validation: 0,
    patience: null,
    augment: false,
    device: 'cpu',
    clip: 'c'.repeat(64),
    init: null,
  },
  images: { 'good/1.png': '0 a', 'bad/1.png': '1 b' },
  epochs: [{ epoch: 1, images: 0.1 + 0.2, maps: null, validation: null }],
  steps: 3,
  learnt: new Map([
    ['ctx_pos', { value: Float32Array.of(1, 2), moments: [Float32Array.of(3, 4), Float32Array.of(5, 6)] }],
    [
      'compound_prompts_text.0',
      { value: Float32Array.of(7), moments: [Float32Array.of(8), Float32Array.of(9)] },
    ],
  ]),
}

describe('where a training stands', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-state-'))
    file = join(folder, 'training.state')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('comes back as it was, to the last bit', async () => {
    assert.equal(await readState(file), null)
    await writeState(file, state)
    assert.deepEqual(await readState(file), state)
  })

  it('is TRAINING_STATE where it is damaged', async () => {
    await writeState(file, state)
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, -1))
    await assert.rejects(readState(file), { code: 'TRAINING_STATE' })
    await writeFile(file, '')
    await assert.rejects(readState(file), { code: 'TRAINING_STATE' })
  })

  it('says which settings are others now', () => {
    checkSettings(state, { ...state.settings })
    assert.throws(() => checkSettings(state, { ...state.settings, batch: 4, features: [6], patience: 2 }), {
      code: 'TRAINING_RESUME',
      message:
        /list of taps was 2,4 and is now 6; the batch was 8 and is now 4; the patience was none and is now 2/,
    })
  })

  it('says which images are new, gone or changed', () => {
    checkImages(state, { 'bad/1.png': '1 b', 'good/1.png': '0 a' })
    assert.throws(() => checkImages(state, { 'good/1.png': '0 x', 'good/2.png': '0 c' }), {
      code: 'TRAINING_RESUME',
      message: /new: good\/2\.png; images are gone .*: bad\/1\.png; images are changed.*: good\/1\.png/,
    })
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.png`, '']))
    assert.throws(() => checkImages(state, { ...state.images, ...many }), {
      message: /0\.png, 1\.png, 2\.png, … \(9 in all\)/,
    })
  })
})
