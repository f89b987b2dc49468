import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { factsOf, openPki } from '../../connect/opcua/pki/index.ts'
import { pkiFolderOf } from '../../nodes/opcua-connection/settings.ts'
import { type FlowNode, line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { startOpcUaServer, type TestServer } from '../support/opcua-server.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { expectedScore, sample } from '../support/samples.ts'

const GOOD = 'nut-good.png'
const BAD = 'wood-bad-thread.png'

/** The camera's connection, and its images into the infer node of the line. */
const imagesOf = (endpointUrl: string): FlowNode[] => [
  { id: 'camera', type: 'opcua-connection', version: 1, name: '', endpointUrl, identity: 'anonymous' },
  {
    id: 'images',
    type: 'opcua-image',
    z: 'line',
    x: 0,
    y: 0,
    wires: [['line-infer']],
    version: 1,
    name: '',
    connection: 'camera',
    source: 'variable',
    nodeId: 'ns=1;s=Image',
    mode: 'triggered',
    trigger: 'ns=1;s=Frame',
    rule: 'change',
    atStart: true,
    topic: 'camera-1',
  },
]

describe('from an image in an OPC UA variable to the event received', function () {
  this.timeout(120_000)
  let folder: string
  let camera: TestServer
  let plant: Plant
  let inboxes: LineInboxes

  const startCamera = (frame: number, image: Buffer, port?: number): Promise<TestServer> =>
    startOpcUaServer({
      ...(port && { port }),
      pkiFolder: join(folder, 'camera'),
      variables: [
        { name: 'Image', dataType: 'ByteString', value: image },
        { name: 'Frame', dataType: 'UInt32', value: frame },
      ],
    })

  before(async function () {
    needMosquitto(this)
    folder = await mkdtemp(join(tmpdir(), 'opcua-image-'))
    camera = await startCamera(1, sample(GOOD))
    const inspection = [
      modelNode('model'),
      ...line({ name: 'line', model: 'model', threshold: { score: '0.9' } }),
    ]
    plant = await startPlant({
      // No images at first, so that no event comes before somebody listens.
      lines: inspection,
      prepare: async (userDir) => {
        const pki = await openPki(pkiFolderOf(userDir, 'client'))
        await pki.isTrusted(camera.certificate)
        await pki.trust(factsOf(camera.certificate).thumbprint)
        await pki.close()
      },
    })
    inboxes = await plant.listen('line')
    await plant.deploy([...inspection, ...imagesOf(camera.endpointUrl)], 'full')
  })
  after(async () => {
    await plant?.close()
    await camera?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  const event = async (number: number) => {
    const { events } = inboxes
    await events.until((all) => all.length >= number)
    return events.bodies[number - 1]!
  }

  it('the image that is there at the start is inspected, as that was chosen', async () => {
    const { subject, data } = await event(1)
    assert.equal(subject, 'camera-1')
    assert.equal(data.verdict.level, 'ok')
    assert.ok(Math.abs((data.score ?? Number.NaN) - expectedScore(GOOD)) < 1e-3, `score ${data.score}`)
  })

  it('a new frame number gives an alarm for a bad part, taken when the camera says', async () => {
    camera.set('Image', sample(BAD))
    const taken = camera.variable('Image').readValue().sourceTimestamp
    camera.set('Frame', 2)
    const { data, time } = await event(2)
    assert.equal(data.verdict.level, 'alarm')
    assert.equal(time, taken?.toISOString())
  })

  it('an image above the limit reaches catch with its code, and the next one is inspected', async () => {
    camera.set('Image', Buffer.alloc(17_000_000))
    camera.set('Frame', 3)
    const [caught] = await inboxes.errors.until((all) => all.length >= 1)
    assert.deepEqual([caught?.code, caught?.source.type], ['OPCUA_IMAGE_TOO_LARGE', 'opcua-image'])
    camera.set('Image', sample(GOOD))
    camera.set('Frame', 4)
    assert.equal((await event(3)).data.verdict.level, 'ok')
  })

  it('an image taken while the server could not be reached is inspected afterwards', async () => {
    const { port } = camera
    await camera.stop()
    camera = await startCamera(7, sample(BAD), port)
    assert.equal((await event(4)).data.verdict.level, 'alarm')
    assert.equal(inboxes.errors.bodies.length, 1)
  })
})
