import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { startBroker } from '../demo/broker.ts'
import { startNodeRed } from '../demo/node-red.ts'
import type { Anomaly } from '../inspection/types.ts'

/** `infer`: mqtt in, anomalyclip-infer, mqtt out. `event`: the main job, with threshold, mask-encode and anomaly-event. */
export type Route = 'infer' | 'event'

export type Timing = Anomaly['timing']

export interface Inspected {
  /** From the call that publishes the image to the message that comes back. */
  readonly ms: number
  readonly timing: Timing
}

/** Lateness of timers in Node-RED's process, ms. */
export interface Lag {
  readonly samples: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Flow {
  /** Images may be under way at the same time; on one route they come back in order. */
  inspect(route: Route, image: Uint8Array): Promise<Inspected>
  /** Since the call before. */
  lag(): Promise<Lag>
  stop(): Promise<void>
}

const PROBE = new URL('./lag-probe.ts', import.meta.url).href

/** Starts Node-RED in a process of its own, with the model in a flow on an MQTT broker that runs in this process. */
export const startFlow = async (folder: string): Promise<Flow> => {
  const userDir = await mkdtemp(join(tmpdir(), 'anomalyclip-bench-flow-'))
  const broker = await startBroker()
  const flow = join(userDir, 'bench.json')
  await writeFile(flow, JSON.stringify(flowOf(folder, broker.port)))
  let onLag = (_lag: Lag): void => {}
  const nodeRed = await startNodeRed({
    userDir,
    flow,
    env: { NODE_OPTIONS: `--import=${PROBE}` },
    onLog: (line) => {
      if (line.startsWith('{"lag":')) onLag((JSON.parse(line) as { lag: Lag }).lag)
      else if (/\[(warn|error)\]/.test(line)) console.error(line)
    },
  })
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`)
  const waiting: Record<Route, ((timing: Timing) => void)[]> = { infer: [], event: [] }
  client.on('message', (topic, payload) => {
    const route = topic === resultTopic('event') ? 'event' : 'infer'
    const result = JSON.parse(payload.toString()) as Timing & { data?: { timing: Timing } }
    waiting[route].shift()?.(result.data?.timing ?? result)
  })
  await client.subscribeAsync([resultTopic('infer'), resultTopic('event')], { qos: 1 })

  return {
    inspect: async (route, image) => {
      const answer = Promise.withResolvers<Timing>()
      waiting[route].push(answer.resolve)
      const start = performance.now()
      client.publish(imageTopic(route), Buffer.from(image.buffer, image.byteOffset, image.length), { qos: 1 })
      const timing = await answer.promise
      return { ms: performance.now() - start, timing }
    },
    lag: () =>
      new Promise((resolve) => {
        onLag = resolve
        nodeRed.process.kill('SIGUSR2')
      }),
    stop: async () => {
      await nodeRed.stop()
      await client.endAsync(true)
      await broker.close()
      await rm(userDir, { recursive: true, force: true })
    },
  }
}

const imageTopic = (route: Route): string => `bench/${route}/image`
const resultTopic = (route: Route): string => `bench/${route}/result`

/** Nodes with the settings that the editor offers, as in examples/anomaly-event.json. */
const flowOf = (model: string, port: number): object[] => {
  const tab = 'bench'
  const images = (route: Route, next: string) => ({
    id: `${route}-in`,
    type: 'mqtt in',
    z: tab,
    topic: imageTopic(route),
    qos: '1',
    datatype: 'buffer',
    broker: 'broker',
    inputs: 0,
    wires: [[next]],
  })
  const infer = (route: Route, next: string) => ({
    id: `${route}-infer`,
    type: 'anomalyclip-infer',
    z: tab,
    version: 1,
    model: 'model',
    wires: [[next]],
  })
  const results = (route: Route) => ({
    id: `${route}-out`,
    type: 'mqtt out',
    z: tab,
    topic: resultTopic(route),
    qos: '1',
    broker: 'broker',
    wires: [],
  })
  return [
    { id: tab, type: 'tab', label: 'benchmark' },
    { id: 'broker', type: 'mqtt-broker', broker: '127.0.0.1', port: String(port), protocolVersion: '4' },
    { id: 'model', type: 'anomalyclip-model', version: 1, model },
    images('infer', 'infer-infer'),
    infer('infer', 'infer-timing'),
    {
      id: 'infer-timing',
      type: 'change',
      z: tab,
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'anomaly.timing', tot: 'msg' }],
      wires: [['infer-out']],
    },
    results('infer'),
    images('event', 'event-infer'),
    infer('event', 'event-threshold'),
    {
      id: 'event-threshold',
      type: 'threshold',
      z: tab,
      version: 1,
      mode: 'fixed',
      score: '0.5',
      pixel: '0.1',
      minArea: '0.1',
      wires: [['event-mask'], ['event-mask'], ['event-mask']],
    },
    {
      id: 'event-mask',
      type: 'mask-encode',
      z: tab,
      version: 1,
      encoding: 'boxes',
      pixel: '0.1',
      minArea: '0.1',
      wires: [['event-event']],
    },
    {
      id: 'event-event',
      type: 'anomaly-event',
      z: tab,
      version: 1,
      source: '/anomalyclip/bench',
      includeRegions: true,
      wires: [['event-out']],
    },
    results('event'),
  ]
}
