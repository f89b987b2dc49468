import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { FlowNode } from './flow.ts'

/** Path of the flow below, and what it answers once the event is promised. */
export const EVENTS_PATH = '/events'

/** An event as the flow is asked for it. Its number is its place among those of its camera. */
export interface Wanted {
  readonly id: string
  readonly camera: string
  readonly number: number
}

/**
 * POST EVENTS_PATH → anomaly-event, which publishes by itself → 200, or 503 with the code that `catch` got. The anomaly is
 * made up: what is under test begins behind the inspection.
 */
export const eventsFlow = (event: object): FlowNode[] => {
  const node = (id: string, type: string, next: readonly string[], properties: object): FlowNode => ({
    id,
    type,
    z: 'chaos',
    x: 0,
    y: 0,
    wires: [next],
    ...properties,
  })
  return [
    { id: 'chaos', type: 'tab', label: 'chaos' },
    node('post', 'http in', ['make'], { url: EVENTS_PATH, method: 'post' }),
    node('make', 'function', ['event'], { func: MAKE, outputs: 1, libs: [] }),
    node('event', 'anomaly-event', ['promised'], { version: 1, source: '/test/chaos', ...event }),
    node('promised', 'http response', [], { statusCode: '200' }),
    node('catch', 'catch', ['refused'], { scope: ['event'] }),
    node('refused', 'function', ['unavailable'], {
      func: 'msg.payload = { code: msg.error.code, message: msg.error.message }; return msg',
      outputs: 1,
      libs: [],
    }),
    node('unavailable', 'http response', [], { statusCode: '503' }),
  ]
}

const MAKE = `
const { id, camera, number } = msg.payload
const calibration = null
msg.anomaly = {
  id,
  source: camera,
  score: 0.5,
  map: { width: 1, height: 1, data: new Float32Array(1) },
  image: { width: 1, height: 1, format: 'raw', sha256: String(number) },
  model: { name: 'none', method: 'none', version: '0', device: 'cpu' },
  timing: { queuedMs: 0, decodeMs: 0, inferMs: 0, totalMs: 0 },
  capturedAt: new Date().toISOString(),
  verdict: {
    level: 'ok', isAnomalous: false, score: 0.5, threshold: 0.9, pixelThreshold: null, minArea: null, area: 0,
    key: camera, reason: 'none '.repeat(4000), calibration,
  },
}
return msg`

/** A disk of a few megabytes for this test alone; null where the rights to make one are missing. */
export const mountSmallDisk = (folder: string, megabytes: number): (() => void) | null => {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
  } catch {
    return null
  }
  return () => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
}
