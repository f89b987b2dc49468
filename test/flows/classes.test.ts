import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildModel } from '../../models/build.ts'
import { line, modelNode } from '../support/flow.ts'
import { goldenFolder } from '../support/golden.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'

const golden = goldenFolder('tiny-b')

describe('a flow whose messages choose the class', function () {
  this.timeout(120_000)
  let plant: Plant
  let chosen: LineInboxes
  let none: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      lines: [
        modelNode('with-classes', { model: 'products' }),
        modelNode('nano-model'),
        ...line({
          name: 'chosen',
          model: 'with-classes',
          infer: { class: 'payload.class', classType: 'msg' },
          threshold: { mode: 'calibrate', goodParts: '2', key: 'payload.class' },
        }),
        ...line({ name: 'none', model: 'nano-model', infer: { class: 'bottle', classType: 'str' } }),
      ],
      prepare: async (userDir) => {
        await buildModel({
          method: 'clip',
          clip: join(golden, 'clip.safetensors'),
          classNames: ['bottle', 'metal nut'],
          imageSize: 64,
          output: join(userDir, 'anomalyclip', 'models', 'products'),
        })
      },
    })
    chosen = await plant.listen('chosen')
    none = await plant.listen('none')
  })
  after(() => plant?.close())

  const inspect = async (line: string, about: object) =>
    plant.publish(
      `${line}/json/1`,
      JSON.stringify({ image: await readFile(join(golden, 'image.png'), 'base64'), ...about }),
    )

  it('gives events that say which class it was, each class with a calibration of its own', async () => {
    for (const name of ['bottle', 'metal_nut', 'bottle', 'metal nut', 'metal nut'])
      await inspect('chosen', { class: name })
    const events = await chosen.events.until((all) => all.length >= 5)
    assert.deepEqual(
      events.map(({ data }) => data.model.className),
      ['bottle', 'metal nut', 'bottle', 'metal nut', 'metal nut'],
    )
    // The key is the name as it was written.
    assert.deepEqual(
      events.map(({ data }) => `${data.verdict.key}: ${data.calibration?.state}`),
      [
        'bottle: collecting',
        'metal_nut: collecting',
        'bottle: done',
        'metal nut: collecting',
        'metal nut: done',
      ],
    )
    const [bottle, nut] = events
    assert.notEqual(bottle?.data.score, nut?.data.score)
  })

  it('hands an unknown class, and a missing one, to catch with a code, and inspects the next', async () => {
    const before = chosen.events.bodies.length
    for (const about of [{ class: 'anvil' }, {}, { class: 7 }, { class: 'bottle' }])
      await inspect('chosen', about)
    const errors = await chosen.errors.until((all) => all.length >= 3)
    assert.deepEqual(errors.map(({ code }) => code).toSorted(), [
      'MODEL_CLASS',
      'NODE_PROPERTY',
      'NODE_PROPERTY',
    ])
    const unknown = errors.find(({ code }) => code === 'MODEL_CLASS')
    assert.match(unknown?.message ?? '', /"products" has no class "anvil"; it has "bottle", "metal nut"/)
    await chosen.events.until((all) => all.length >= before + 1)
  })

  it('refuses a class for a model that takes none', async () => {
    await inspect('none', {})
    const [error] = await none.errors.until((all) => all.length >= 1)
    assert.equal(error?.code, 'MODEL_CLASS')
    assert.equal(none.events.bodies.length, 0)
  })
})
