import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEVELS, PLC_ERRORS } from '../../connect/opcua/handshake/index.ts'
import { factsOf, openPki } from '../../connect/opcua/pki/index.ts'
import { type NodeRed, startNodeRed } from '../../demo/node-red.ts'
import { pkiFolderOf } from '../../nodes/opcua-connection/settings.ts'
import { type FlowNode, modelNode } from '../support/flow.ts'
import { inspectPart, type PlcServer, readResult, startPlcServer } from '../support/plc-server.ts'
import { expectedScore, sample } from '../support/samples.ts'

const GOOD = 'nut-good.png'
const BAD = 'wood-bad-thread.png'

describe('a PLC triggers, the box inspects, the PLC reads', function () {
  this.timeout(120_000)
  let folder: string
  let plc: PlcServer
  let nodeRed: NodeRed
  const log: string[] = []

  const on = (id: string, type: string, wires: string[][], properties: object): FlowNode => ({
    id,
    type,
    z: 'line',
    x: 0,
    y: 0,
    wires,
    ...properties,
  })
  /** The job is the name of the image. */
  const flow = (): FlowNode[] => [
    { id: 'line', type: 'tab', label: 'line', disabled: false, info: '' },
    modelNode('model', { dropPolicy: 'reject' }),
    {
      id: 'plc',
      type: 'opcua-connection',
      version: 1,
      name: '',
      endpointUrl: plc.server.endpointUrl,
      identity: 'anonymous',
    },
    on('result', 'opcua-result', [['choose']], {
      version: 1,
      name: '',
      connection: 'plc',
      mapping: Object.entries(plc.mapping).map(([signal, nodeId]) => ({ signal, nodeId })),
      inspectionTimeoutS: '60',
      heartbeatMs: '100',
    }),
    on('choose', 'function', [['read']], {
      func: `msg.filename = ${JSON.stringify(folder)} + '/' + msg.topic; return msg`,
      outputs: 1,
      libs: [],
    }),
    on('read', 'file in', [['infer']], {
      filename: 'filename',
      filenameType: 'msg',
      format: '',
      allProps: false,
    }),
    on('infer', 'anomalyclip-infer', [['threshold']], { version: 1, name: '', model: 'model' }),
    on('threshold', 'threshold', [['result'], ['result'], ['result']], {
      version: 1,
      mode: 'fixed',
      score: '0.9',
      key: 'topic',
      keyType: 'msg',
      settings: [],
    }),
    on('catch', 'catch', [['result']], { scope: ['read', 'infer', 'threshold'], uncaught: false }),
  ]
  const start = async (): Promise<void> => {
    nodeRed = await startNodeRed({
      userDir: join(folder, 'userDir'),
      flow: join(folder, 'flow.json'),
      onLog: (line) => log.push(line),
    })
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opcua-result-'))
    plc = await startPlcServer({ pkiFolder: join(folder, 'plc') })
    const pki = await openPki(pkiFolderOf(join(folder, 'userDir'), 'client'))
    await pki.isTrusted(plc.server.certificate)
    await pki.trust(factsOf(plc.server.certificate).thumbprint)
    await pki.close()
    for (const file of [GOOD, BAD]) await writeFile(join(folder, file), sample(file))
    await writeFile(join(folder, 'text.png'), 'no image')
    await writeFile(join(folder, 'flow.json'), JSON.stringify(flow()))
    await start()
    plc.set({ TriggerEnable: true })
  })
  after(async () => {
    await nodeRed?.stop()
    await plc?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  for (const [file, pass, level] of [
    [GOOD, true, LEVELS.ok],
    [BAD, false, LEVELS.alarm],
  ] as const)
    it(`${file} is ${pass ? 'a' : 'no'} pass, with the score of the reference`, async () => {
      const read = await inspectPart(plc, file)
      assert.deepEqual([read.JobPass, read.Level, read.Error], [pass, level, false])
      assert.ok(Math.abs(Number(read.Score) - expectedScore(file)) < 1e-3, `score ${read.Score}`)
      assert.ok(Math.abs(Number(read.Threshold) - 0.9) < 1e-6)
    })

  it('what is no image is an error for the PLC, and the next part is inspected', async () => {
    const failed = await inspectPart(plc, 'text.png')
    assert.deepEqual([failed.Error, failed.ErrorCode, failed.JobPass], [true, PLC_ERRORS.image, false])
    const read = await inspectPart(plc, GOOD)
    assert.deepEqual([read.JobPass, read.AcquisitionId], [true, Number(failed.AcquisitionId) + 1])
  })

  it('an image that is not there is an error for the PLC', async () => {
    const failed = await inspectPart(plc, 'missing.png')
    assert.deepEqual([failed.Error, failed.ErrorCode], [true, PLC_ERRORS.flow])
  })

  it('a result that waits survives the end of Node-RED, and Online falls', async () => {
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    plc.set({ JobId: BAD })
    plc.set({ Trigger: true })
    await plc.until('TriggerAck', ({ TriggerAck }) => TriggerAck === true)
    plc.set({ Trigger: false })
    const shown = await plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    await nodeRed.stop()
    const { Online, TriggerReady } = plc.picture()
    assert.deepEqual([Online, TriggerReady], [false, false])
    await start()
    await plc.until('Online', ({ Online: online }) => online === true)
    const read = await readResult(plc)
    assert.deepEqual([read.AcquisitionId, read.Score], [shown.AcquisitionId, shown.Score])
  })

  it('no data ever changed under ResultsValid, and the log has no complaint of ours', () => {
    assert.deepEqual(plc.torn, [])
    assert.deepEqual(
      log.filter((line) => /OPCUA_|NODE_UNEXPECTED/.test(line)),
      [],
    )
  })
})
