import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nanoModelDir } from '../../models/nano/location.ts'
import { line, modelNode } from '../support/flow.ts'
import { type KserveServer, startKserveServer } from '../support/kserve/server.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'

const TOKEN = 'a-token-that-nobody-else-knows'

describe('a flow whose model runs on a server', function () {
  this.timeout(120_000)
  let server: KserveServer
  let plant: Plant
  let inboxes: LineInboxes
  const lines = (credentials?: object) => [
    modelNode('model', {
      device: 'kserve',
      serverUrl: server.url,
      serverModel: 'parts',
      ...(credentials && { credentials }),
    }),
    ...line({ name: 'line', model: 'model' }),
  ]

  before(async function () {
    needMosquitto(this)
    server = await startKserveServer({ folder: nanoModelDir(), model: 'parts', token: TOKEN })
    plant = await startPlant({ lines: lines() })
    inboxes = await plant.listen('line')
  })
  after(async () => {
    await plant?.close()
    await server?.stop()
  })

  it('gives catch and status the reason while the server lets nobody in', async () => {
    await inboxes.status.until((all) => all.some(({ text }) => text === 'ENGINE_SERVER_AUTH'))
    await plant.publish('line/image/a', sample('nut-good.png'))
    const [error] = await inboxes.errors.until((all) => all.length === 1)
    assert.equal(error?.code, 'ENGINE_SERVER_AUTH')
  })

  it('goes on with the token, which is in no file in the clear and in no log', async () => {
    await plant.deploy(lines({ serverToken: TOKEN }), 'full')
    await plant.publish('line/image/b', sample('nut-good.png'))
    const [event] = await inboxes.events.until((all) => all.length === 1)
    assert.equal(event?.data.model.device, `kserve ${server.url}`)
    for (const file of ['flows.json', 'flows_cred.json']) {
      const text = await readFile(join(plant.userDir, file), 'utf8')
      assert.ok(text.length > 2 && !text.includes(TOKEN))
    }
    assert.ok(!plant.log.some((text) => text.includes(TOKEN)))
  })

  it('fails every image at once while the server is away, and goes on by itself when it is back', async () => {
    const { errors, events, status } = inboxes
    const before = errors.bodies.length
    await server.stop()
    await plant.publish('line/image/c', sample('nut-good.png'))
    await plant.publish('line/image/d', sample('nut-good.png'))
    await errors.until((all) => all.length === before + 2)
    assert.deepEqual(
      errors.bodies.slice(before).map(({ code, image }) => [code, image]),
      ['c', 'd'].map((name) => ['ENGINE_SERVER_AWAY', `line/image/${name}`]),
    )
    await status.until((all) => all.at(-1)?.text === 'ENGINE_SERVER_AWAY')
    await server.restart()
    await status.until((all) => all.at(-1)?.fill === 'green')
    await plant.publish('line/image/e', sample('nut-good.png'))
    await events.until((all) => all.some(({ subject }) => subject === 'line/image/e'))
    assert.ok(plant.log.some((text) => text.includes(`kserve ${server.url} can be used again`)))
  })
})
