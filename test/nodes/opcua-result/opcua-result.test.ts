import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import vm from 'node:vm'
import { sharedConnection } from '../../../connect/opcua/client/index.ts'
import { factsOf, openPki } from '../../../connect/opcua/pki/index.ts'
import { BOX_SIGNALS, PLC_SIGNALS } from '../../../connect/opcua/result/index.ts'
import { isCodedError } from '../../../errors/index.ts'
import { readSettings } from '../../../nodes/opcua-connection/settings.ts'
import register from '../../../nodes/opcua-result/opcua-result.ts'
import type { Message, Node } from '../../../nodes/wiring/index.ts'
import { root } from '../../../tools/tree.ts'
import { type PlcServer, readResult, startPlcServer } from '../../support/plc-server.ts'
import { closeNode, deliver, type FakeNode, type FakeRuntime, fakeRuntime } from '../fakes.ts'

const verdict = { level: 'alarm', isAnomalous: true, score: 0.75, threshold: 0.5, reason: 'why' }
const anomaly = { id: 'one', capturedAt: '2026-01-02T03:04:05.678Z', source: 'cam', verdict }

describe('the node opcua-result', function () {
  this.timeout(120_000)
  let folder: string
  let plc: PlcServer
  let runtime: FakeRuntime
  const made: (FakeNode & Node)[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'result-'))
    plc = await startPlcServer({ pkiFolder: join(folder, 'plc') })
    const pki = await openPki(settings().pkiFolder)
    await pki.isTrusted(plc.server.certificate)
    await pki.trust(factsOf(plc.server.certificate).thumbprint)
    await pki.close()
    runtime = fakeRuntime({ userDir: folder })
    // Without the routes of its dialog.
    runtime.RED.nodes.registerType('opcua-connection', function (this: Node) {
      Object.assign(this, { connection: () => sharedConnection(settings()) })
    })
    register(runtime.RED)
  })
  afterEach(async () => {
    for (const node of made.splice(0)) await closeNode(node)
  })
  after(async () => {
    await plc?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const settings = () =>
    readSettings(
      { version: 1, endpointUrl: plc.server.endpointUrl } as unknown as Parameters<typeof readSettings>[0],
      {},
      folder,
    )
  const make = (changes: Record<string, unknown> = {}): FakeNode & Node => {
    runtime.make('opcua-connection', { id: 'plc' })
    const node = runtime.make('opcua-result', {
      id: 'result',
      version: 1,
      connection: 'plc',
      mapping: Object.entries(plc.mapping).map(([signal, nodeId]) => ({ signal, nodeId })),
      ...changes,
    })
    made.push(node)
    return node
  }

  it('sends an acquisition with a trigger, and answers it with the verdict that comes back', async () => {
    const node = make()
    plc.set({ TriggerEnable: true })
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    plc.set({ JobId: 'nut' })
    plc.set({ Trigger: true })
    await plc.until('Busy', ({ Busy }) => Busy === true)
    const [sent] = node.sent as (Message & { acquisition: { id: number } })[]
    assert.deepEqual(sent?.acquisition, { id: 1, jobId: 'nut', node: 'result' })
    plc.set({ Trigger: false })
    const { error } = await deliver(node, { ...sent, anomaly } as Message)
    assert.equal(error, undefined)
    const read = await readResult(plc)
    assert.deepEqual([read.AcquisitionId, read.JobPass, read.Score], [1, false, 0.75])
    // Answered already.
    await deliver(node, { ...sent, error: { message: 'x', code: 'ENGINE_TIMEOUT' } } as unknown as Message)
    assert.match(String(node.warnings.at(-1)), /acquisition 1, which has been answered already/)
    assert.deepEqual(node.errors, [])
  })

  it('a message that is neither verdict nor error goes to catch', async () => {
    const { error } = await deliver(make(), { _msgid: '1', payload: 'x' })
    assert.ok(isCodedError(error, 'OPCUA_RESULT_INPUT'))
  })

  it('a wrong configuration is shown, and every message gets it', async () => {
    for (const [changes, code] of [
      [{ connection: 'gone' }, 'NODE_CONFIG'],
      [{ mapping: [] }, 'OPCUA_MAPPING'],
    ] as const) {
      const node = make(changes)
      // The message waits until the node's code is loaded.
      const { error } = await deliver(node, { _msgid: '1', anomaly } as Message)
      assert.ok(isCodedError(error, code))
      assert.equal(node.statuses.at(-1)?.text, 'wrong configuration')
    }
  })

  it('its dialog knows the signals of the handshake', () => {
    const html = readFileSync(join(root, 'nodes/opcua-result/opcua-result.html'), 'utf8')
    const lists = /const PLC_SIGNALS =[\s\S]*?(?=const SIGNALS)/.exec(html)?.[0]
    const { plcSignals, boxSignals } = vm.runInNewContext(
      `${lists}; ({ plcSignals: PLC_SIGNALS, boxSignals: BOX_SIGNALS })`,
    ) as { plcSignals: string[]; boxSignals: string[] }
    assert.deepEqual([...plcSignals], Object.keys(PLC_SIGNALS))
    assert.deepEqual([...boxSignals], Object.keys(BOX_SIGNALS))
  })
})
