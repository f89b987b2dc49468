/**
 * Time of images from several cameras at a share of what can be done, each number of cameras in turn: through the engine and its fair
 * queue, or through Node-RED and MQTT as well.
 */
import { readFile } from 'node:fs/promises'
import {
  arrivalsOf,
  capacityOf,
  type Inspect,
  type LineRun,
  runLine,
  throughEngine,
} from '../../cli/bench/cameras.ts'
import { startEngine } from '../../engine/index.ts'
import { startFlow } from '../flow.ts'
import { alternating, caseArguments } from '../measure.ts'

export interface CamerasRun {
  /** Images a second where the model never waits. */
  readonly capacity: number
  readonly lines: readonly {
    readonly cameras: number
    readonly perSecond: number
    readonly runs: readonly LineRun[]
  }[]
}

export type Through = 'engine' | 'flow'

const { folder, image, through, cameras, load, seconds, rounds } = caseArguments<{
  folder: string
  image: string
  through: Through
  cameras: readonly number[]
  load: number
  seconds: number
  rounds: number
}>()

interface Opened {
  readonly inspect: Inspect<Buffer>
  readonly close: () => Promise<void>
}

const open: Record<Through, () => Promise<Opened>> = {
  engine: async () => {
    // As a node has it, but that no image is lost to the queue: each of them counts here.
    const engine = startEngine({
      model: folder,
      queue: { policy: 'reject', maxImages: 10_000, maxBytes: 2 ** 32 - 1 },
    })
    await engine.ready
    const inspect = throughEngine(engine, null)
    return { inspect: (data, camera) => inspect({ kind: 'encoded', data }, camera), close: engine.close }
  },
  flow: async () => {
    const flow = await startFlow(folder)
    return { inspect: (data, camera) => flow.inspectFrom(camera, data), close: flow.stop }
  },
}

const images = [await readFile(image)]
const { signal } = new AbortController()
const { inspect, close } = await open[through]()
try {
  await capacityOf(inspect, images, { inFlight: 8, seconds: 1 })
  const capacity = await capacityOf(inspect, images, { inFlight: 12, seconds })
  const perSecond = load * capacity
  const lines = cameras.map((count) => ({ cameras: count, perSecond, runs: [] as LineRun[] }))
  for (let round = 0; round < rounds; round++)
    for (const line of alternating(lines, round)) {
      const arrivals = arrivalsOf({ cameras: line.cameras, perSecond, seconds }, Math.random)
      line.runs.push(await runLine(inspect, images, arrivals, signal))
    }
  console.log(JSON.stringify({ capacity, lines } satisfies CamerasRun))
} finally {
  await close()
}
