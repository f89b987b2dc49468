import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connectAsync } from 'mqtt'
import { startBroker } from './broker.ts'
import { readParts, runCamera } from './camera.ts'
import { EVENTS_TOPIC, printedEvent } from './events.ts'
import { freePort, startNodeRed } from './node-red.ts'

const root = resolve(import.meta.dirname, '..')

/** Good parts of each product that the flow's `threshold` node collects; examples/demo.json says the same number. */
const GOOD_PARTS = 10

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })

/** The usual port where nobody has it, else any free one. */
const portFor = async (asked: string | undefined, usual: number): Promise<number> => {
  if (asked !== undefined) return Number(asked)
  return (await isFree(usual)) ? usual : freePort()
}

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    'mqtt-port': { type: 'string' },
    'user-dir': { type: 'string', default: join(root, '.demo') },
    verbose: { type: 'boolean', default: false },
  },
})

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

const broker = await startBroker(await portFor(options['mqtt-port'], 1883))
console.log(`MQTT broker   mqtt://127.0.0.1:${broker.port}`)
const nodeRed = await startNodeRed({
  userDir: resolve(options['user-dir']),
  flow: join(root, 'examples', 'demo.json'),
  port: await portFor(options.port, 1880),
  env: { ANOMALYCLIP_DEMO_MQTT_PORT: String(broker.port) },
  ...(options.verbose ? { onLog: (line: string) => console.log(`  ${line}`) } : {}),
})
console.log(`editor        ${nodeRed.url}/`)
console.log(`live page     ${nodeRed.url}/inspection`)
console.log(`events        mosquitto_sub -p ${broker.port} -t '${EVENTS_TOPIC}'`)
console.log('Ctrl-C ends it all.\n')
nodeRed.process.once('exit', () => stopping.abort())

const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`)
client.on('message', (topic, payload) => console.log(printedEvent(topic, payload.toString())))
await client.subscribeAsync(EVENTS_TOPIC, { qos: 1 })
await runCamera(client, {
  parts: await readParts(join(root, 'models', 'nano')),
  calibrateOn: GOOD_PARTS,
  pauseMs: { calibrating: 100, running: 1500 },
  signal: stopping.signal,
})

console.log('\nstopping')
await nodeRed.stop()
await client.endAsync(true)
await broker.close()
