import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host, InUse } from '../../../nodes/anomalyclip-model/deployed.ts'
import { type Commands, openCommands } from '../../../nodes/anomalyclip-train/commands.ts'
import type { TrainSettings } from '../../../nodes/anomalyclip-train/settings.ts'
import { layoutOf, type Offer } from '../../../retraining/index.ts'
import type { retrain } from '../../../retraining/retrain.ts'

const OFFER = { verdict: 'better' } as Offer

describe('the commands of anomalyclip-train', () => {
  let folder: string
  let commands: Commands
  /** Of the trainings that have begun, the folder that each compares with. */
  let begun: string[]
  let goBack: PromiseWithResolvers<void>
  let inUse: InUse
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'commands-'))
    begun = []
    goBack = Promise.withResolvers()
    inUse = { reference: 'line-1', folder: 'line-1', isChosen: false, threshold: null }
    commands = openCommands({
      host: {
        chosen: 'nano',
        inUse: () => inUse,
        goBack: async () => {
          await goBack.promise
          inUse = { reference: 'nano', folder: 'nano', isChosen: true, threshold: null }
          return inUse
        },
      } as Host,
      layout: layoutOf(folder),
      settings: {} as TrainSettings,
      userDir: folder,
      onProgress: () => {},
      learn,
    })
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Ends when it is told to. */
  let ending: PromiseWithResolvers<Offer>
  const learn: typeof retrain = ({ present, signal }) => {
    begun.push(present)
    ending = Promise.withResolvers()
    signal.addEventListener('abort', () => ending.reject(signal.reason))
    return ending.promise
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('begin no training once the node is closed, which nobody could cancel', async () => {
    await commands.close()
    assert.equal(await commands.train(false), null)
    assert.deepEqual(begun, [])
    assert.equal(commands.isTraining(), false)
  })

  it('end a training with the node, and let another node begin one', async () => {
    const training = commands.train(true)
    await turn()
    assert.equal(commands.isTraining(), true)
    await commands.close()
    assert.equal(await training, null)
  })

  it('change no model while a training is under way', async () => {
    const training = commands.train(true)
    await assert.rejects(commands.goBack(), { code: 'RETRAINING_BUSY' })
    await turn()
    ending.resolve(OFFER)
    assert.equal(await training, OFFER)
  })

  it('compare with the model that is in use once a change under way is done', async () => {
    const changing = commands.goBack()
    const training = commands.train(true)
    await turn()
    assert.deepEqual(begun, [])
    goBack.resolve()
    assert.equal((await changing).deployed.model, 'nano')
    await turn()
    assert.deepEqual(begun, ['nano'])
    assert.equal(await commands.cancel(), true)
    assert.equal(await training, null)
  })

  it('close once a change is done, as what was moved has to be moved back where it fails', async () => {
    const changing = commands.goBack()
    let isClosed = false
    const closing = commands.close().then(() => {
      isClosed = true
    })
    await turn()
    assert.equal(isClosed, false)
    goBack.resolve()
    await Promise.all([changing, closing])
  })
})
