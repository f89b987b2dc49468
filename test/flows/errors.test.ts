import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { ErrorCode } from '../../errors/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type Caught, type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'

const GOOD = 'nut-good.png'

/** A model folder in which one byte of the graph is another. */
const addCorruptModel = async (userDir: string): Promise<void> => {
  const folder = join(userDir, 'anomalyclip', 'models', 'corrupt')
  await cp(nanoModelDir(), folder, { recursive: true })
  const graph = join(folder, 'model.onnx')
  const bytes = await readFile(graph)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  await writeFile(graph, bytes)
}

/** Lines that cannot inspect: the node that says so, and its code. */
const BROKEN: Readonly<Record<string, { node: string; code: ErrorCode; line: Omit<LineChanges, 'name'> }>> = {
  missing: { node: 'anomalyclip-infer', code: 'MODEL_MISSING', line: { model: 'missing-model' } },
  corrupt: { node: 'anomalyclip-infer', code: 'MODEL_CORRUPT', line: { model: 'corrupt-model' } },
  outside: { node: 'anomalyclip-infer', code: 'MODEL_REFERENCE', line: { model: 'outside-model' } },
  device: { node: 'anomalyclip-infer', code: 'NODE_CONFIG', line: { model: 'device-model' } },
  unchosen: { node: 'anomalyclip-infer', code: 'NODE_CONFIG', line: { model: '' } },
  newer: { node: 'anomalyclip-infer', code: 'NODE_CONFIG', line: { model: 'model', infer: { version: 99 } } },
  threshold: {
    node: 'threshold',
    code: 'THRESHOLD_SETTINGS',
    line: { model: 'model', threshold: { score: '7' } },
  },
  mask: { node: 'mask-encode', code: 'NODE_CONFIG', line: { model: 'model', mask: { encoding: 'gif' } } },
  event: {
    node: 'anomaly-event',
    code: 'EVENT_SETTINGS',
    line: { model: 'model', event: { source: 'not a reference' } },
  },
}

type LineChanges = Parameters<typeof line>[0]

/** What is no image, by the topic it is published to. */
const MALFORMED: Readonly<
  Record<string, { code: ErrorCode; as: 'image' | 'json'; make: () => Promise<Buffer> | Buffer | string }>
> = {
  'an empty payload': { code: 'IMAGE_EMPTY', as: 'image', make: () => '' },
  'a JPEG that was cut off': {
    code: 'IMAGE_DAMAGED',
    as: 'image',
    make: async () => {
      const jpeg = await sharp(sample(GOOD)).jpeg().toBuffer()
      return jpeg.subarray(0, jpeg.length >> 1)
    },
  },
  'text that is not base64': { code: 'IMAGE_TEXT', as: 'json', make: () => '"out of order!"' },
  'text as bytes': { code: 'IMAGE_FORMAT', as: 'image', make: () => 'out of order!' },
  'bytes of no known format': { code: 'IMAGE_FORMAT', as: 'image', make: () => Buffer.alloc(100, 0xee) },
  'a PNG of 100 megapixels': {
    code: 'IMAGE_TOO_LARGE',
    as: 'image',
    make: () =>
      sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: 'black' } })
        .png()
        .toBuffer(),
  },
  'a file of 40 MB': {
    code: 'IMAGE_TOO_LARGE',
    as: 'image',
    make: () => Buffer.concat([sample(GOOD), Buffer.alloc(40_000_000)]),
  },
  'a Sparkplug payload with two candidates': {
    code: 'IMAGE_CARRIER',
    as: 'json',
    make: () => {
      const value = sample(GOOD).toString('base64')
      return JSON.stringify({
        metrics: ['left', 'right'].map((name) => ({ name, type: 'Bytes', value })),
      })
    },
  },
  'a number': { code: 'IMAGE_TYPE', as: 'json', make: () => '42' },
  'an array': { code: 'IMAGE_TYPE', as: 'json', make: () => '[1, 2, 3]' },
  'JSON null': { code: 'IMAGE_EMPTY', as: 'json', make: () => 'null' },
  'an object without an image': { code: 'IMAGE_CARRIER', as: 'json', make: () => '{ "camera": 1 }' },
  'raw pixels of the wrong length': {
    code: 'IMAGE_RAW',
    as: 'json',
    make: () => JSON.stringify({ data: 'AAAA', width: 2, height: 2, channels: 3 }),
  },
}

describe('what cannot be inspected reaches catch, and the next image is inspected', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      prepare: addCorruptModel,
      lines: [
        modelNode('model'),
        modelNode('missing-model', { model: 'nowhere' }),
        modelNode('corrupt-model', { model: 'corrupt' }),
        modelNode('outside-model', { model: '../../etc' }),
        modelNode('device-model', { device: 'abacus' }),
        ...line({ name: 'line', model: 'model' }),
        ...Object.entries(BROKEN).flatMap(([name, broken]) => line({ name, ...broken.line })),
      ],
    })
    inboxes = await plant.listen('line')
  })
  after(() => plant?.close())

  const caughtFrom = async ({ errors }: LineInboxes, topic: string, payload: Buffer | string) => {
    const before = errors.bodies.length
    await plant.publish(topic, payload)
    return (await errors.until((all) => all.length > before))[before]!
  }

  const inspectsAgain = async (): Promise<void> => {
    const before = inboxes.events.bodies.length
    await plant.publish('line/image/good', sample(GOOD))
    const events = await inboxes.events.until((all) => all.length > before)
    assert.equal(events.length, before + 1)
    assert.equal(events[before]!.subject, 'line/image/good')
    assert.equal(events[before]!.data.verdict.level, 'ok')
  }

  const hasCode = (caught: Caught, code: ErrorCode): void => {
    assert.equal(caught.code, code)
    // Node-RED writes an Error out as JavaScript does.
    assert.ok(caught.message.startsWith(`Error: ${code}: `), caught.message)
  }

  for (const [name, { code, as, make }] of Object.entries(MALFORMED))
    it(`${name} is ${code}`, async () => {
      const caught = await caughtFrom(inboxes, `line/${as}/bad`, await make())
      hasCode(caught, code)
      assert.equal(caught.source.type, 'anomalyclip-infer')
      assert.equal(caught.image, `line/${as}/bad`)
      await inspectsAgain()
    })

  for (const [name, { code, node }] of Object.entries(BROKEN))
    it(`a line with a fault in "${name}" says ${code} for every image, others go on`, async () => {
      const broken = await plant.listen(name)
      for (let i = 0; i < 2; i++) {
        const caught = await caughtFrom(broken, `${name}/image/1`, sample(GOOD))
        hasCode(caught, code)
        assert.equal(caught.source.type, node)
      }
      assert.deepEqual(broken.events.bodies, [])
      await inspectsAgain()
    })

  it('Node-RED has kept running, with one inference process', () => {
    assert.equal(plant.process.exitCode, null)
    assert.equal(plant.inferenceProcesses().length, 1)
  })
})
