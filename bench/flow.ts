import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { startBroker } from '../demo/broker.ts'
import { startNodeRed } from '../demo/node-red.ts'
import type { Anomaly } from '../inspection/types.ts'

type Timing = Anomaly['timing']

/**
 * Ways through Node-RED, all over one model, and the MQTT quality of service of image and result. `infer`: mqtt in,
 * anomalyclip-infer, mqtt out. `event`: the main job, with threshold, mask-encode and anomaly-event in between.
 */
export const ROUTES = { infer: 0, event: 0, eventQos1: 1 } as const
export type Route = keyof typeof ROUTES

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
  inspect(route: Route, image: Buffer): Promise<Inspected>
  /** By the route infer, on a topic of the camera; those of one camera come back in order. Resolves with the timing. */
  inspectFrom(camera: number, image: Buffer): Promise<Timing>
  /** Since the call before. */
  lag(): Promise<Lag>
  stop(): Promise<void>
}

const PROBE = new URL('./lag-probe.ts', import.meta.url).href

const routes = Object.keys(ROUTES) as Route[]
const imageTopic = (route: Route): string => `bench/${route}/image`
const resultTopic = (route: Route): string => `bench/${route}/result`
const cameraTopic = (camera: number | '+'): string => `bench/cameras/${camera}`
const CAMERAS_RESULT = 'bench/cameras-result'

/** Starts Node-RED in a process of its own, with the model in a flow on an MQTT broker that runs in this process. */
export const startFlow = async (folder: string): Promise<Flow> => {
  const userDir = await mkdtemp(join(tmpdir(), 'anomalyclip-bench-'))
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
      else if (/\[error\]/.test(line)) console.error(line)
    },
  })
  const died = once(nodeRed.process, 'exit').then(([code, signal]) => {
    throw new Error(`Node-RED ended with ${code ?? signal}`)
  })
  died.catch(() => {})

  // Node-RED is in a group of its own, so nobody else ends it after Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      nodeRed.process.kill('SIGKILL')
      rmSync(userDir, { recursive: true, force: true })
      process.exit(1)
    })

  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`)
  const waiting = new Map<string, ((timing: Timing) => void)[]>(
    routes.map((route) => [resultTopic(route), []]),
  )
  const waitingCameras = new Map<string, ((timing: Timing) => void)[]>()
  client.on('message', (topic, payload) => {
    if (topic === CAMERAS_RESULT) {
      const { source, timing } = JSON.parse(payload.toString()) as Pick<Anomaly, 'source' | 'timing'>
      waitingCameras.get(source)?.shift()?.(timing)
      return
    }
    const result = JSON.parse(payload.toString()) as Timing & { data?: { timing: Timing } }
    waiting.get(topic)?.shift()?.(result.data?.timing ?? result)
  })
  for (const route of routes) {
    await client.subscribeAsync(resultTopic(route), { qos: ROUTES[route] })
    // Node-RED's flows run before its connection to the broker does, and at QoS 0 an early image would be lost.
    await broker.subscribed(imageTopic(route), AbortSignal.timeout(30_000))
  }
  await client.subscribeAsync(CAMERAS_RESULT, { qos: 0 })
  await broker.subscribed(cameraTopic('+'), AbortSignal.timeout(30_000))

  return {
    inspect: async (route, image) => {
      const answer = Promise.withResolvers<Timing>()
      waiting.get(resultTopic(route))?.push(answer.resolve)
      const start = performance.now()
      client.publish(imageTopic(route), image, { qos: ROUTES[route] })
      const timing = await Promise.race([answer.promise, died])
      return { ms: performance.now() - start, timing }
    },
    inspectFrom: (camera, image) => {
      const answer = Promise.withResolvers<Timing>()
      const topic = cameraTopic(camera)
      const before = waitingCameras.get(topic) ?? []
      waitingCameras.set(topic, before)
      before.push(answer.resolve)
      client.publish(topic, image, { qos: 0 })
      return Promise.race([answer.promise, died])
    },
    lag: () => {
      const answer = Promise.withResolvers<Lag>()
      onLag = answer.resolve
      nodeRed.process.kill('SIGWINCH')
      return Promise.race([answer.promise, died])
    },
    stop: async () => {
      await nodeRed.stop()
      await client.endAsync(true)
      await broker.close()
      await rm(userDir, { recursive: true, force: true })
    },
  }
}

const BROKER = 'broker'
const MODEL = 'model'

const flowOf = (model: string, port: number): object[] => [
  { id: 'bench', type: 'tab', label: 'benchmark' },
  { id: BROKER, type: 'mqtt-broker', broker: '127.0.0.1', port: String(port), protocolVersion: '4' },
  // No image is to be lost to a full queue: somebody waits for each of them.
  {
    ...{ id: MODEL, type: 'anomalyclip-model', version: 1, model },
    ...{ dropPolicy: 'reject', queueImages: '10000', queueMegabytes: '4095' },
  },
  ...routes.flatMap((route) =>
    routeOf(route, ROUTES[route], {
      from: imageTopic(route),
      between: route === 'infer' ? toTiming : toEvent,
      to: resultTopic(route),
    }),
  ),
  ...routeOf('cameras', 0, { from: cameraTopic('+'), between: toCamera, to: CAMERAS_RESULT }),
]

interface Between {
  readonly from: string
  readonly between: readonly object[]
  readonly to: string
}

/** One node after the other; what a threshold has on its three outputs all goes to the next. */
const routeOf = (route: string, qos: number, { from, between, to }: Between): object[] => {
  const mqtt = { broker: BROKER, qos: String(qos) }
  const nodes = [
    { type: 'mqtt in', topic: from, datatype: 'buffer', inputs: 0, ...mqtt },
    { type: 'anomalyclip-infer', version: 1, model: MODEL },
    ...between,
    { type: 'mqtt out', topic: to, ...mqtt },
  ]
  return nodes.map((node, index) => {
    const next = index < nodes.length - 1 ? [`${route}-${index + 1}`] : []
    return { id: `${route}-${index}`, z: 'bench', wires: [next, next, next], ...node }
  })
}

const toTiming = [
  { type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'anomaly.timing', tot: 'msg' }] },
]

const toCamera = [
  { type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'anomaly', tot: 'msg' }] },
]

const toEvent = [
  { type: 'threshold', version: 1, mode: 'fixed', score: '0.5', pixel: '0.1', minArea: '0.1' },
  { type: 'mask-encode', version: 1, encoding: 'boxes', pixel: '0.1', minArea: '0.1' },
  { type: 'anomaly-event', version: 1, source: '/anomalyclip/bench', includeRegions: true },
]
