import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { freePort, type NodeRed, startNodeRed } from '../../demo/node-red.ts'
import { root } from '../../tools/tree.ts'
import { connectPlc, PASSWORD, type Plc } from '../connect/opcua/server/plc.ts'
import { type FlowNode, modelNode } from '../support/flow.ts'
import { expectedScore } from '../support/samples.ts'

const SAMPLES = join(root, 'models/nano/samples')
const GOOD = 'nut-good.png'
const BAD = 'wood-bad-thread.png'

/** trigger → read the file that JobId names → infer → threshold → overlay → result; catch → result. */
const station = (port: number): FlowNode[] => {
  const on = (id: string, type: string, wires: string[][], properties: object): FlowNode => ({
    id,
    type,
    z: 'tab',
    x: 0,
    y: 0,
    wires,
    ...properties,
  })
  return [
    { id: 'tab', type: 'tab', label: 'station', disabled: false, info: '' },
    modelNode('model'),
    on('vision', 'opcua-vision', [['name']], {
      version: 1,
      name: '',
      station: 'line',
      port: String(port),
      host: '127.0.0.1',
      user1: PASSWORD.name,
      credentials: { password1: PASSWORD.password },
    }),
    on('name', 'function', [['file']], {
      func: `msg.filename = ${JSON.stringify(`${SAMPLES}/`)} + msg.acquisition.jobId; return msg`,
      outputs: 1,
      libs: [],
    }),
    on('file', 'file in', [['infer']], {
      filename: 'filename',
      filenameType: 'msg',
      format: '',
      chunk: false,
      sendError: false,
      encoding: 'none',
      allProps: false,
    }),
    on('infer', 'anomalyclip-infer', [['threshold']], {
      version: 1,
      model: 'model',
      image: 'payload',
      imageType: 'msg',
      source: 'topic',
      sourceType: 'msg',
      capturedAt: 'capturedAt',
      capturedAtType: 'msg',
    }),
    on('threshold', 'threshold', [['mask'], ['mask'], ['mask']], {
      version: 1,
      mode: 'fixed',
      score: '0.9',
      key: 'topic',
      keyType: 'msg',
      settings: [],
    }),
    on('mask', 'mask-encode', [['vision']], {
      version: 1,
      encoding: 'overlay',
      pixel: '0.1',
      image: 'payload',
      imageType: 'msg',
    }),
    on('catch', 'catch', [['vision']], { scope: null, uncaught: false }),
  ]
}

describe('from a trigger over OPC UA to the result that the PLC reads', function () {
  this.timeout(120_000)
  let folder: string
  let nodeRed: NodeRed
  let port: number
  let plc: Plc
  const log: string[] = []

  const connect = () => connectPlc({ url: `opc.tcp://127.0.0.1:${port}`, folder: join(folder, 'plc') })
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(
      `${nodeRed.url}/anomalyclip/opcua/${path}`,
      body && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      },
    )
    assert.ok(response.ok, `${path}: ${response.status}`)
    return response.json()
  }
  const deploy = async (nodes: FlowNode[], type: 'full' | 'nodes'): Promise<void> => {
    const response = await fetch(`${nodeRed.url}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(nodes),
    })
    assert.ok(response.ok, `the deploy failed: ${response.status}`)
  }
  /** The server starts with the flow, and that takes a moment. */
  const served = async (): Promise<void> => {
    for (let looks = 0; ; looks++) {
      const socket = createConnection({ host: '127.0.0.1', port })
      const found = await once(socket, 'connect').then(
        () => true,
        () => false,
      )
      socket.destroy()
      if (found) return
      assert.ok(looks < 200, log.join('\n'))
      await new Promise((later) => setTimeout(later, 100))
    }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opcua-vision-'))
    port = await freePort()
    const flow = join(folder, 'empty.json')
    await writeFile(flow, '[]')
    nodeRed = await startNodeRed({ userDir: join(folder, 'userDir'), flow, onLog: (line) => log.push(line) })
    await deploy(station(port), 'full')
    await served()
  })
  after(async () => {
    await plc?.die()
    await nodeRed?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  const inspect = async (jobId: string): Promise<void> => {
    await plc.until('Status.TriggerReady', true)
    await plc.write({ JobId: jobId, Trigger: true })
    await plc.until('Status.TriggerAck', true)
    await plc.write({ Trigger: false })
  }
  const acknowledge = async (): Promise<void> => {
    await plc.write({ ResultsAck: true })
    await plc.until('Status.ResultsValid', false)
    await plc.write({ ResultsAck: false })
  }

  it('the PLC is let in once its certificate was trusted in the editor', async () => {
    await assert.rejects(connect())
    const { own, others } = (await ask('certificates?side=server')) as {
      own: { applicationUri: string }
      others: { state: string; thumbprint: string }[]
    }
    assert.match(own.applicationUri, /^urn:.+:anomalyclip:node-red$/)
    assert.deepEqual(
      others.map(({ state }) => state),
      ['rejected'],
    )
    await ask('trust', { side: 'server', thumbprint: others[0]?.thumbprint })
    plc = await connect()
    await plc.write({ TriggerEnable: true })
  })

  for (const [file, pass] of [
    [GOOD, true],
    [BAD, false],
  ] as const)
    it(`${file} ${pass ? 'passes' : 'does not pass'}, with the score of the reference and an overlay`, async () => {
      await inspect(file)
      await plc.until('Status.ResultsValid', true)
      assert.equal(await plc.read('Result.JobPass'), pass)
      assert.equal(await plc.read('Result.JobId'), file)
      const score = (await plc.read('Result.Score')) as number
      assert.ok(Math.abs(score - expectedScore(file)) < 1e-3, `score ${score}`)
      const { format, width } = await sharp((await plc.read('Result.Overlay')) as Buffer).metadata()
      assert.deepEqual([format, width], ['jpeg', 320])
      await acknowledge()
    })

  it('what fails in the flow reaches the PLC as an error', async () => {
    await inspect('no-such-file.png')
    await plc.until('Status.Error', true)
    assert.equal(await plc.read('Status.ErrorCode'), 900)
    assert.match((await plc.read('Result.Reason')) as string, /no-such-file/)
    await plc.write({ ClearError: true })
    await plc.until('Status.Error', false)
    await plc.write({ ClearError: false })
  })

  it('the history survives a restart of Node-RED, and the PLC goes on', async () => {
    await plc.until('History.Count', 3)
    await plc.die()
    await nodeRed.stop()
    const [userDir, flow] = [join(folder, 'userDir'), join(folder, 'kept.json')]
    await copyFile(join(userDir, 'flows.json'), flow)
    nodeRed = await startNodeRed({ userDir, flow, onLog: (line) => log.push(line) })
    await served()
    plc = await connect()
    assert.equal(await plc.read('History.Count'), 3)
    assert.deepEqual([...((await plc.read('History.JobId')) as string[])].slice(0, 4), [
      'no-such-file.png',
      BAD,
      GOOD,
      '',
    ])
    await plc.write({ TriggerEnable: true })
    await inspect(GOOD)
    await plc.until('Status.ResultsValid', true)
    assert.equal(await plc.read('Result.AcquisitionId'), 4)
    await acknowledge()
  })
})
