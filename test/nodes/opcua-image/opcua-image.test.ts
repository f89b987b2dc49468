import assert from 'node:assert/strict'
import { setImmediate as soon } from 'node:timers/promises'
import { DataType, StatusCodes } from 'node-opcua'
import { isCodedError } from '../../../errors/index.ts'
import register from '../../../nodes/opcua-image/opcua-image.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import {
  type FakeConnection,
  fakeConnection,
  goodValue,
  ranged,
  withStatus,
} from '../../connect/opcua/image/fake-connection.ts'
import { closeNode, deliver, type FakeNode, fakeRuntime } from '../fakes.ts'

const TAKEN = new Date('2026-01-02T03:04:05.678Z')
const IMAGE = Buffer.from('the bytes of an image')

interface ImageMessage extends Message {
  capturedAt: string
  opcua: Record<string, unknown>
}

describe('opcua-image', () => {
  const nodes: FakeNode[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await closeNode(node)
  })

  /** A node on a server with an image and a frame number, its code loaded. */
  const nodeWith = async (changes: Record<string, unknown> = {}) => {
    const connection = fakeConnection()
    connection.answers.set('ns=2;s=Image', ranged(IMAGE, { sourceTimestamp: TAKEN }))
    const runtime = fakeRuntime()
    // As opcua-connection offers it.
    runtime.RED.nodes.registerType('host', function (this: object) {
      Object.assign(this, { connection: () => connection })
    })
    runtime.make('host', { id: 'line' })
    register(runtime.RED)
    const node = runtime.make('opcua-image', {
      version: 1,
      connection: 'line',
      source: 'variable',
      nodeId: 'ns=2;s=Image',
      mode: 'triggered',
      trigger: 'ns=2;s=Frame',
      rule: 'change',
      ...changes,
    })
    nodes.push(node)
    // Whatever its configuration, it shows something then.
    while (node.statuses.length === 0) await soon()
    return { node, connection }
  }

  /** The camera has written an image and says so; settles when the node has dealt with it. */
  const frame = async (connection: FakeConnection, node: FakeNode, number: number): Promise<void> => {
    const dealtWith = () => node.sent.length + node.errors.length
    const before = dealtWith()
    connection.answers.set('ns=2;s=Frame', () => goodValue(DataType.UInt32, number))
    connection.notify('ns=2;s=Frame', goodValue(DataType.UInt32, number))
    while (dealtWith() === before) await soon()
  }

  const first = (connection: FakeConnection, number: number): void =>
    connection.notify('ns=2;s=Frame', goodValue(DataType.UInt32, number))

  it('sends an image for every frame number, with where and when it was taken', async () => {
    const { node, connection } = await nodeWith()
    first(connection, 1)
    await frame(connection, node, 2)
    await frame(connection, node, 5)
    assert.equal(node.sent.length, 2)
    const { payload, topic, capturedAt, opcua } = node.sent[1] as ImageMessage
    assert.deepEqual(payload, IMAGE)
    assert.equal(topic, 'ns=2;s=Image')
    assert.equal(capturedAt, TAKEN.toISOString())
    assert.deepEqual(opcua, {
      nodeId: 'ns=2;s=Image',
      sequence: 5,
      statusCode: 'Good',
      isUncertain: false,
      dataType: 'ByteString',
      missed: 2,
      skipped: 0,
    })
  })

  it('reads the present image for a message, which keeps what else it has', async () => {
    const { node } = await nodeWith()
    const msg = { _msgid: 'm', part: 7, payload: 'now' } as unknown as Message
    const { sent, error } = await deliver(node, msg)
    assert.equal(error, undefined)
    assert.equal(sent[0], msg)
    const { part, _msgid: id, payload } = sent[0] as ImageMessage & { part: number }
    assert.deepEqual([part, id, payload], [7, 'm', IMAGE])
    assert.deepEqual(node.sent, [])
  })

  it('has the topic that is set, else that of the message, else its name, else the node id', async () => {
    const topicOf = async (config: object, msg: object) => {
      const { node } = await nodeWith({ mode: 'asked', ...config })
      if ('name' in config) Object.assign(node, { name: config.name })
      return ((await deliver(node, msg as Message)).sent[0] as Message).topic
    }
    assert.equal(await topicOf({ topic: 'camera-1' }, { topic: 'mine' }), 'camera-1')
    assert.equal(await topicOf({ topic: '' }, { topic: 'mine' }), 'mine')
    assert.equal(await topicOf({ name: 'Camera 1' }, {}), 'Camera 1')
    assert.equal(await topicOf({}, {}), 'ns=2;s=Image')
  })

  it('gives the error of an announced image to catch, with the frame number', async () => {
    const { node, connection } = await nodeWith({ topic: 'camera-1' })
    first(connection, 1)
    connection.answers.set('ns=2;s=Image', () => withStatus(StatusCodes.BadSensorFailure))
    await frame(connection, node, 2)
    assert.deepEqual(node.sent, [])
    const [{ error, msg } = assert.fail()] = node.errors
    assert.ok(isCodedError(error, 'OPCUA_IMAGE_BAD'), String(error))
    assert.deepEqual(msg, { topic: 'camera-1', opcua: { nodeId: 'ns=2;s=Image', sequence: 2 } })
  })

  it('gives the error of a message to its catch, once', async () => {
    const { node, connection } = await nodeWith()
    connection.answers.set('ns=2;s=Image', ranged(Buffer.alloc(0)))
    const { sent, error } = await deliver(node, {} as Message)
    assert.deepEqual(sent, [])
    assert.ok(isCodedError(error, 'OPCUA_IMAGE_EMPTY'), String(error))
    assert.deepEqual(node.errors, [])
  })

  it('shows the state of the connection while there is no session, then counts, and errors in red', async () => {
    assert.deepEqual((await nodeWith()).node.statuses, [{ fill: 'green', shape: 'dot', text: '0 images' }])
    const failing = await nodeWith()
    failing.connection.answers.set('ns=2;s=Image', ranged(Buffer.alloc(17_000_000)))
    await deliver(failing.node, {} as Message)
    // The first is shown at once, later ones half a second after it.
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.deepEqual(failing.node.statuses.at(-1), { fill: 'red', shape: 'dot', text: 'image too large' })
    failing.connection.setState('waiting')
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(failing.node.statuses.at(-1)?.text, 'waiting')
  })

  it('ends its watch and gives the connection back when it closes', async () => {
    const { node, connection } = await nodeWith()
    let closed = 0
    Object.assign(connection, { close: async () => void closed++ })
    assert.equal(connection.watched.length, 1)
    await closeNode(node)
    assert.equal(connection.watched.length, 0)
    assert.equal(closed, 1)
    first(connection, 9)
    await soon()
    assert.deepEqual([node.sent, node.errors], [[], []])
  })

  it('watches nothing when only messages make it read', async () => {
    assert.deepEqual((await nodeWith({ mode: 'asked', trigger: '' })).connection.watched, [])
  })

  for (const [kind, changes, code] of [
    ['no connection', { connection: '' }, 'NODE_CONFIG'],
    ['no node id', { nodeId: '' }, 'OPCUA_NODE_ID'],
    ['a node id that is none', { nodeId: 'Camera' }, 'OPCUA_NODE_ID'],
    ['no trigger where one is needed', { trigger: '' }, 'OPCUA_NODE_ID'],
    ['an unknown mode', { mode: 'sometimes' }, 'NODE_CONFIG'],
    ['an unknown rule', { rule: 'falling' }, 'NODE_CONFIG'],
    ['an unknown source', { source: 'folder' }, 'NODE_CONFIG'],
    ['a limit out of range', { maxMegabytes: '300' }, 'NODE_CONFIG'],
    ['a later version of its configuration', { version: 2 }, 'NODE_CONFIG'],
  ] as const)
    it(`with ${kind} stays in the flow, and answers with ${code}`, async () => {
      const { node } = await nodeWith(changes)
      assert.equal(node.statuses.at(-1)?.text, 'wrong configuration')
      const { error } = await deliver(node, {} as Message)
      assert.ok(isCodedError(error, code), String(error))
    })
})
