import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { startNodeRed } from '../../demo/node-red.ts'
import type { AnomalyEvent } from '../../inspection/event/event.ts'
import { BORN, brokerNode, type FlowNode } from './flow.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { startMosquitto } from './mosquitto.ts'
import { inferenceProcessesOf } from './processes.ts'

/** What `catch` passes on: Node-RED's `msg.error`, and the topic of the image. */
export interface Caught {
  readonly code?: string
  readonly message: string
  readonly source: { readonly type: string }
  readonly image?: string
}

export interface LineInboxes {
  readonly events: Inbox<AnomalyEvent>
  readonly errors: Inbox<Caught>
  readonly status: Inbox<{ readonly fill: string; readonly text: string }>
  /** The messages behind anomaly-event, as far as they are not the event. */
  readonly passed: Inbox<Record<string, unknown>>
}

/** A Mosquitto, a Node-RED with this package in a userDir of its own, and one who publishes and listens. */
export interface Plant {
  readonly url: string
  readonly brokerUrl: string
  readonly userDir: string
  /** What Node-RED has logged. */
  readonly log: readonly string[]
  readonly process: {
    readonly pid?: number
    readonly exitCode: number | null
    readonly signalCode: string | null
  }
  /** Ids of the inference processes that are alive. */
  inferenceProcesses(): number[]
  publish(topic: string, payload: Buffer | string, options?: { retain?: boolean }): Promise<void>
  listen(line: string): Promise<LineInboxes>
  /** As the editor's button does; `nodes` restarts only what has changed. Settles when Node-RED has done it. */
  deploy(lines: readonly FlowNode[], type: 'full' | 'nodes'): Promise<void>
  /** Ends Node-RED as systemd or Ctrl-C would; the rest stays. */
  stopNodeRed(): Promise<void>
  /** Starts Node-RED again in the same userDir. */
  startNodeRed(): Promise<void>
  close(): Promise<void>
}

export interface PlantOptions {
  readonly lines: readonly FlowNode[]
  /** Puts what it needs into the userDir before Node-RED starts. */
  readonly prepare?: (userDir: string) => Promise<void>
  /** Folder of Node-RED itself; by default this project's. */
  readonly program?: string
}

export const startPlant = async ({ lines, prepare, program }: PlantOptions): Promise<Plant> => {
  const folder = await mkdtemp(join(tmpdir(), 'plant-'))
  const userDir = join(folder, 'userDir')
  const flowFile = join(folder, 'flow.json')
  const broker = await startMosquitto()
  const withBroker = (nodes: readonly FlowNode[]): FlowNode[] => [brokerNode(broker.port), ...nodes]
  const brokerUrl = `mqtt://127.0.0.1:${broker.port}`
  const client = await connectAsync(brokerUrl, { protocolVersion: 5 })
  // One for each inbox.
  client.setMaxListeners(0)
  const births = await openInbox<string>(client, BORN)

  const log: string[] = []
  const start = async () => {
    const before = births.bodies.length
    const started = await startNodeRed({
      userDir,
      flow: flowFile,
      onLog: (text) => log.push(text),
      ...(program === undefined ? {} : { program }),
    })
    try {
      await births.until((all) => all.length > before)
    } catch (error) {
      await started.stop()
      throw error
    }
    return started
  }
  const startFirst = async () => {
    await writeFile(flowFile, JSON.stringify(withBroker(lines)))
    await prepare?.(userDir)
    return start()
  }
  const release = async (): Promise<void> => {
    await client.endAsync(true)
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  }
  let nodeRed = await startFirst().catch(async (error: unknown) => {
    await release()
    throw error
  })

  return {
    brokerUrl,
    userDir,
    log,
    get url() {
      return nodeRed.url
    },
    get process() {
      return nodeRed.process
    },
    inferenceProcesses: () => inferenceProcessesOf(nodeRed.process.pid ?? 0),
    publish: async (topic, payload, options) => {
      await client.publishAsync(topic, payload, { qos: 1, ...options })
    },
    listen: async (line) => ({
      events: await openInbox(client, `${line}/events`),
      errors: await openInbox(client, `${line}/errors`),
      status: await openInbox(client, `${line}/status`),
      passed: await openInbox(client, `${line}/passed`),
    }),
    deploy: async (nodes, type) => {
      const before = births.bodies.length
      const response = await fetch(`${nodeRed.url}/flows`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': type },
        body: JSON.stringify(withBroker(nodes)),
      })
      if (!response.ok) throw new Error(`the deploy failed: ${response.status} ${await response.text()}`)
      if (type === 'full') await births.until((all) => all.length > before)
    },
    stopNodeRed: () => nodeRed.stop(),
    startNodeRed: async () => {
      nodeRed = await start()
    },
    close: async () => {
      await nodeRed.stop()
      await release()
    },
  }
}
