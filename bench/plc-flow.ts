import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPki } from '../connect/opcua/pki/index.ts'
import { freePort, startNodeRed } from '../demo/node-red.ts'
import { nodeIdsOf, startPlc } from '../demo/plc.ts'
import { openPlcClient } from '../demo/plc-client.ts'
import { inspectPart, type PlcSignals, untilReady } from '../demo/plc-program.ts'
import { befriend } from '../demo/trust.ts'
import { pkiFolderOf } from '../nodes/opcua-connection/settings.ts'

/**
 * How the PLC reaches the box: as the server whose variables we write and watch; as a client of our server that reads in a loop, as
 * a PLC's blocks do; as one that subscribes.
 */
export const PLC_ROUTES = ['serves', 'polls', 'subscribes'] as const
export type PlcRoute = (typeof PLC_ROUTES)[number]

export interface Answered {
  /** From the call that writes Trigger to the moment at which the PLC sees ResultsValid. */
  readonly ms: number
  /** Of this image, in the box. */
  readonly decodeMs: number
  readonly inferMs: number
}

export interface PlcFlow {
  /** One part, in and out, acknowledged. */
  inspect(route: PlcRoute): Promise<Answered>
  stop(): Promise<void>
}

/** Cycle of the PLC that reads in a loop. */
const POLLING_MS = 5

const PATIENCE_MS = 60_000

/** Starts Node-RED in a process of its own with the handshake both ways; the PLCs run in this process. Everything is SignAndEncrypt. */
export const startPlcFlow = async (model: string, image: string): Promise<PlcFlow> => {
  await using ending = new AsyncDisposableStack()
  const userDir = await mkdtemp(join(tmpdir(), 'anomalyclip-bench-'))
  ending.defer(() => rm(userDir, { recursive: true, force: true }))
  const pkiOf = async (folder: string, hostname?: string) => {
    const pki = await openPki(folder, hostname === undefined ? {} : { hostname })
    ending.defer(() => pki.close())
    return pki
  }
  const plcPki = await pkiOf(join(userDir, 'plc'), 'plc')
  const clientFolder = join(userDir, 'plc-client')
  await befriend(await pkiOf(pkiFolderOf(userDir, 'client')), plcPki)
  await befriend(await pkiOf(pkiFolderOf(userDir, 'server')), await pkiOf(clientFolder, 'plc-client'))

  const plc = await startPlc(await freePort(), plcPki)
  ending.defer(() => plc.close())
  const port = await freePort()
  const flow = join(userDir, 'bench.json')
  await writeFile(flow, JSON.stringify(flowOf(model, await readFile(image), plc.url, port)))
  let onTiming = (_timing: Timing): void => {}
  const nodeRed = await startNodeRed({
    userDir,
    flow,
    onLog: (line) => {
      if (line.startsWith('{"timing":')) onTiming((JSON.parse(line) as { timing: Timing }).timing)
      else if (/\[error\]/.test(line)) console.error(line)
    },
  })
  ending.defer(() => nodeRed.stop())
  // Node-RED is in a group of its own, so nobody else ends it after Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      nodeRed.process.kill('SIGKILL')
      rmSync(userDir, { recursive: true, force: true })
      process.exit(1)
    })

  const client = openPlcClient({
    url: `opc.tcp://127.0.0.1:${port}`,
    station: 'station1',
    pkiFolder: clientFolder,
  })
  ending.defer(() => client.close())
  const polling: PlcSignals = {
    ...client,
    until: async (isSo, signal) => {
      for (;;) {
        signal.throwIfAborted()
        const box = await client.read()
        if (isSo(box)) return box
        await sleep(POLLING_MS, undefined, { signal })
      }
    },
  }
  const plcs: Record<PlcRoute, PlcSignals> = { serves: plc, polls: polling, subscribes: client }
  const patience = () => AbortSignal.timeout(PATIENCE_MS)
  for (const one of [plc, client]) await untilReady(one, patience())
  const started = ending.move()
  return {
    inspect: async (route) => {
      const timing = Promise.withResolvers<Timing>()
      onTiming = timing.resolve
      const { ms, ResultsValid, ErrorCode } = await inspectPart(plcs[route], 'part', patience())
      if (!ResultsValid) throw new Error(`the box answered with error ${ErrorCode}`)
      const { decodeMs, inferMs } = await timing.promise
      return { ms, decodeMs, inferMs }
    },
    stop: () => started.disposeAsync(),
  }
}

interface Timing {
  readonly decodeMs: number
  readonly inferMs: number
}

const flowOf = (model: string, image: Buffer, plcUrl: string, port: number): object[] => [
  { id: 'bench', type: 'tab', label: 'benchmark' },
  { id: 'model', type: 'anomalyclip-model', version: 1, model },
  { id: 'plc', type: 'opcua-connection', version: 1, endpointUrl: plcUrl, identity: 'anonymous' },
  ...routeOf(image, 'serves', {
    type: 'opcua-result',
    version: 1,
    connection: 'plc',
    publishingMs: '10',
    mapping: Object.entries(nodeIdsOf()).map(([signal, nodeId]) => ({ signal, nodeId })),
  }),
  ...routeOf(image, 'calls', {
    type: 'opcua-vision',
    version: 1,
    station: 'station1',
    port: String(port),
    host: '127.0.0.1',
    allowAnonymous: true,
    acknowledged: true,
  }),
]

/** The image is in memory: what the camera takes is not the handshake's. */
const routeOf = (image: Buffer, route: string, handshake: object): object[] => {
  const nodes = [
    handshake,
    {
      type: 'function',
      func: `msg.payload = Buffer.from('${image.toString('base64')}', 'base64'); return msg`,
    },
    { type: 'anomalyclip-infer', version: 1, model: 'model' },
    { type: 'function', func: 'console.log(JSON.stringify({ timing: msg.anomaly.timing })); return msg' },
    { type: 'threshold', version: 1, mode: 'fixed', score: '0.5' },
  ]
  return nodes.map((node, index) => {
    const next = [`${route}-${(index + 1) % nodes.length}`]
    return {
      id: `${route}-${index}`,
      z: 'bench',
      wires: [next, next, next],
      x: 0,
      y: 0,
      outputs: 1,
      libs: [],
      ...node,
    }
  })
}
