import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPki } from '../../../connect/opcua/pki/index.ts'
import { freePort } from '../../../demo/node-red.ts'
import register from '../../../nodes/opcua-vision/opcua-vision.ts'
import type { Message, Node } from '../../../nodes/wiring/index.ts'
import { connectPlc, PASSWORD, type Plc } from '../../connect/opcua/server/plc.ts'
import { closeNode, deliver, type FakeNode, type FakeRuntime, fakeRuntime } from '../fakes.ts'

const verdict = {
  level: 'alarm',
  isAnomalous: true,
  score: 0.75,
  threshold: 0.5,
  reason: 'score 0.75 is at or above 0.5',
}
const anomaly = { id: 'event-1', score: 0.75, capturedAt: '2026-01-02T03:04:05.678Z', source: 'cam', verdict }

describe('the node opcua-vision', function () {
  this.timeout(120_000)
  let userDir: string
  let port: number
  let runtime: FakeRuntime
  const made: (FakeNode & Node)[] = []

  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'vision-'))
    port = await freePort()
    runtime = fakeRuntime({ userDir })
    register(runtime.RED)
  })
  afterEach(async () => {
    for (const node of made.splice(0)) await closeNode(node)
    await rm(userDir, { recursive: true, force: true })
  })

  const make = (changes: object = {}, credentials: object = { password1: PASSWORD.password }) => {
    const node = runtime.make(
      'opcua-vision',
      {
        id: 'v1',
        version: 1,
        station: 'line',
        port: String(port),
        host: '127.0.0.1',
        user1: PASSWORD.name,
        ...changes,
      },
      credentials,
    )
    made.push(node)
    return node
  }
  const until = async (look: () => boolean): Promise<void> => {
    for (let looks = 0; !look(); looks++) {
      // Far beyond mocha's limit: only so that a failed test ends at all.
      assert.ok(looks < 4_000)
      await new Promise((later) => setTimeout(later, 5))
    }
  }
  const dot = (node: FakeNode) => node.statuses.at(-1)?.text
  const started = (node: FakeNode) => until(() => dot(node) === '0 clients')
  /** Connects once in vain, and then as a client that was trusted through the API. */
  const connect = async (): Promise<Plc> => {
    const options = { url: `opc.tcp://127.0.0.1:${port}`, folder: join(userDir, 'plc') }
    await assert.rejects(connectPlc(options))
    const pki = await openPki(join(userDir, 'anomalyclip', 'pki', 'server'))
    for (const { thumbprint } of await pki.list()) await pki.trust(thumbprint)
    await pki.close()
    return connectPlc(options)
  }

  it('sends a message for a trigger, and shows the verdict that comes back', async () => {
    const node = make()
    await started(node)
    const plc = await connect()
    await until(() => dot(node) === '1 client')
    await plc.write({ TriggerEnable: true })
    await until(() => dot(node) === 'ready 1 client')
    await plc.write({ Trigger: true, JobId: 'nut M8' })
    await until(() => node.sent.length === 1)
    const sent = node.sent[0] as Message & { acquisition: object }
    assert.deepEqual(sent.acquisition, { id: 1, jobId: 'nut M8', node: 'v1' })
    assert.deepEqual([sent.topic, sent.payload], ['nut M8', 'nut M8'])
    assert.equal(typeof sent._msgid, 'string')
    await until(() => dot(node) === 'busy 1')
    await plc.write({ Trigger: false })

    const overlay = Buffer.from('a JPEG')
    const mask = { encoding: 'overlay', data: overlay, regions: [] }
    assert.deepEqual(await deliver(node, { ...sent, anomaly, mask } as Message), {
      sent: [],
      error: undefined,
    })
    await plc.until('Status.ResultsValid', true)
    assert.equal(await plc.read('Result.JobPass'), false)
    assert.equal(await plc.read('Result.Level'), 3)
    assert.equal(await plc.read('Result.EventId'), 'event-1')
    assert.deepEqual(await plc.read('Result.Overlay'), overlay)
    await until(() => dot(node) === 'result 1 waits')

    const again = await deliver(node, { ...sent, anomaly } as Message)
    assert.equal(again.error, undefined)
    assert.match(String(node.warnings.at(-1)), /acquisition 1, which has been answered already/)
    await plc.close()
  })

  it('tells the PLC what a catch node has caught', async () => {
    const node = make()
    await started(node)
    const plc = await connect()
    await plc.write({ TriggerEnable: true })
    await plc.write({ Trigger: true })
    await until(() => node.sent.length === 1)
    const error = { code: 'ENGINE_TIMEOUT', message: 'Error: ENGINE_TIMEOUT: the process hung' }
    await deliver(node, { ...(node.sent[0] as Message), error } as Message)
    await plc.until('Status.Error', true)
    assert.equal(await plc.read('Status.ErrorCode'), 200)
    assert.equal(await plc.read('Result.Reason'), error.message)
    await until(() => dot(node) === 'error 200')
    await plc.close()
  })

  it('refuses a message with neither verdict nor error', async () => {
    const node = make()
    await started(node)
    const { error } = await deliver(node, { payload: 1 } as Message)
    assert.equal(Reflect.get(error!, 'code'), 'OPCUA_RESULT_INPUT')
  })

  it('shows verdicts that nobody has triggered, and the latest of them alone where nobody acknowledges', async () => {
    const node = make({ acknowledged: false })
    await started(node)
    const plc = await connect()
    for (const id of ['event-1', 'event-2']) await deliver(node, { anomaly: { ...anomaly, id } } as Message)
    await plc.until('Result.EventId', 'event-2')
    assert.equal(await plc.read('Status.MissedAcquisitions'), 0)
    assert.equal(await plc.read('History.Count'), 2)
    await until(() => dot(node) === 'result 2')
    await plc.close()
  })

  it('keeps running with a port that is in use, says so once, and gives messages the error', async () => {
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    const node = make()
    await until(() => node.errors.length > 0)
    assert.match(String(node.errors[0]?.error), /OPCUA_SERVER_PORT/)
    const { error } = await deliver(node, { anomaly } as Message)
    assert.equal(Reflect.get(error!, 'code'), 'OPCUA_SERVER_PORT')
    other.close()
    await once(other, 'close')
  })

  it('refuses a station that makes no node id, a user without a password and a port out of range', async () => {
    for (const [changes, field] of [
      [{ station: 'line 1' }, 'station'],
      [{ station: 'a.b' }, 'station'],
      [{ port: '70000' }, 'port'],
      [{ user2: 'somebody' }, 'somebody'],
      [{ allowNone: 'yes' }, 'allowNone'],
      [{ version: 2 }, 'version'],
    ] as const) {
      const node = make(changes)
      const { error } = await deliver(node, { anomaly } as Message)
      assert.equal(Reflect.get(error!, 'code'), 'NODE_CONFIG')
      assert.match(error!.message, new RegExp(field))
      assert.equal(dot(node), 'wrong configuration')
    }
  })

  it('lets go of port, store and keys when it closes, so that the next one starts at once', async () => {
    for (let round = 0; round < 2; round++) {
      const node = make()
      await started(node)
      await closeNode(node)
      made.pop()
    }
  })
})
