import { EventEmitter, once } from 'node:events'
import { join, resolve } from 'node:path'
import { connectAsync } from 'mqtt'
import { startBroker } from './broker.ts'
import { readParts, runCamera } from './camera.ts'
import { EVENTS_TOPIC, isCalibrating, printedEvent, readEvent } from './events.ts'
import { startNodeRed } from './node-red.ts'
import { type DemoOptions, readOptions, USAGE } from './options.ts'
import { startPlant } from './plant.ts'
import { openPlcClient } from './plc-client.ts'
import { runLine } from './plc-line.ts'
import { portFor } from './ports.ts'
import type { Truth } from './truth.ts'

const root = resolve(import.meta.dirname, '..')
const say = (line: string): void => console.log(line)

/** Between good parts while calibrating, ms: quick, and still to be followed on the page. */
const CALIBRATION_PAUSE_MS = 100
/** Of the node opcua-vision in the flow. */
const STATION = 'station1'
/** Longer than the flow gives an inspection before it is an error. */
const PLC_PATIENCE_MS = 30_000
/** A PLC's part takes as long as so many of the camera's. */
const PLC_PAUSES = 2
/** Without an event by then, the flow has been changed or has failed; the line goes on. */
const INSPECTION_TIMEOUT_MS = 10_000

/** Warnings and errors, but for the two warnings that belong to a new user folder. */
const isTrouble = (line: string): boolean =>
  / - \[(warn|error|fatal)\] /.test(line) && !/Projects disabled|Encrypted credentials not found/.test(line)

/** Runs until the signal; whatever happens, everything that was started is ended, last things first. */
const run = async (options: DemoOptions, stopping: AbortController): Promise<void> => {
  const { signal } = stopping
  await using ending = new AsyncDisposableStack()

  const broker = await startBroker(await portFor('the broker', options.mqttPort, say))
  ending.defer(() => broker.close())
  signal.throwIfAborted()

  say('the simulated PLC and camera start …')
  const plant = await startPlant(options, say)
  ending.defer(() => plant.close())
  signal.throwIfAborted()

  say('Node-RED starts …')
  const nodeRed = await startNodeRed({
    userDir: options.userDir,
    flow: join(root, 'examples', 'demo.json'),
    port: await portFor('Node-RED', options.port, say),
    env: { ANOMALYCLIP_DEMO_MQTT_PORT: String(broker.port), ...plant.env },
    onLog: (line) => {
      if (options.verbose || (!signal.aborted && isTrouble(line))) say(`Node-RED: ${line}`)
    },
    signal,
  })
  ending.defer(() => nodeRed.stop())
  nodeRed.process.once('exit', () => {
    if (!signal.aborted)
      stopping.abort(new Error('Node-RED has ended by itself: start with --verbose to see why'))
  })
  signal.throwIfAborted()

  say(`
  live page     ${nodeRed.url}/inspection
  editor        ${nodeRed.url}/
  MQTT broker   mqtt://127.0.0.1:${broker.port}, events on ${EVENTS_TOPIC}
  OPC UA        ${plant.plc.url} (simulated PLC), ${plant.camera.url} (simulated camera),
                opc.tcp://127.0.0.1:${plant.visionPort} (Node-RED)

The model is nano, a small demonstration model: it is sometimes wrong, and weak on photographs of real parts.
Ctrl-C ends it all.
`)

  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`)
  ending.defer(() => client.endAsync(true))
  const truths = new Map<string, Truth>()
  const inspections = new EventEmitter()
  client.on('message', (topic, bytes) => {
    const payload = bytes.toString()
    const event = readEvent(payload)
    const sha256 = event?.data.image.sha256 ?? ''
    say(printedEvent(topic, payload, truths.get(sha256)))
    truths.delete(sha256)
    if (event !== null) inspections.emit(sha256, { calibrating: isCalibrating(event) })
  })
  await client.subscribeAsync(EVENTS_TOPIC, { qos: 1 })
  await broker.subscribed('demo/camera/+', signal)
  const parts = await readParts(join(root, 'models', 'nano'))
  const plcClient = openPlcClient({
    url: `opc.tcp://127.0.0.1:${plant.visionPort}`,
    station: STATION,
    pkiFolder: plant.plcPkiFolder,
  })
  ending.defer(() => plcClient.close())
  const plcs = runLine({
    parts,
    camera: plant.camera,
    stations: [
      { name: 'PLC serves', plc: plant.plc },
      { name: 'PLC calls', plc: plcClient },
    ],
    pauseMs: PLC_PAUSES * options.pauseMs,
    say,
    patienceMs: PLC_PATIENCE_MS,
    signal,
  })
  const pictures = runCamera(client, {
    parts,
    pauseMs: { calibrating: CALIBRATION_PAUSE_MS, running: options.pauseMs },
    onPart: (truth) => truths.set(truth.sha256, truth),
    inspected: async (sha256) => {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(INSPECTION_TIMEOUT_MS)])
      const heard = await once(inspections, sha256, { signal: patience }).catch(() => null)
      if (heard === null && !signal.aborted)
        say('a part was not inspected: see the editor, or start with --verbose')
      return heard?.[0] ?? null
    },
    signal,
  })
  await Promise.all([pictures, plcs])
}

const ASKED_TO_END = new Error('asked to end')

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2))
  if (options === null) return say(USAGE)
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (!stopping.signal.aborted) say('\nending Node-RED, the inference process and the broker …')
      stopping.abort(ASKED_TO_END)
    })
  try {
    await run(options, stopping)
    stopping.signal.throwIfAborted()
  } catch (error) {
    if (stopping.signal.reason !== ASKED_TO_END) throw stopping.signal.reason ?? error
  }
  say('All ended.')
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
