import { writeSync } from 'node:fs'
import type { Backend } from '../../../engine/backends/index.ts'
import { startProcess } from '../../../engine/process/start.ts'
import { FAULTS, type Fault } from './faults.ts'
import { EXACT } from './self-test.ts'

/**
 * The package's inference process around a stub model: side 8, score and map are the mean level / 255. Images of one of
 * the colours in FAULTS make it fail as native code would.
 */
const SIDE = 8

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const misbehave: Record<Fault, (images: number) => void> = {
  exits: () => {
    writeSync(2, 'a stub has fallen over\n')
    process.exit(3)
  },
  killed: () => process.kill(process.pid, 'SIGKILL'),
  // As a native call: the event loop stands still, and no signal handler runs.
  hangs: () => sleep(Number.POSITIVE_INFINITY),
  slow: () => sleep(400),
  refusedInBatches: (images) => {
    if (images > 1) throw new Error('too many')
  },
  throws: () => {
    throw new Error('no such operator')
  },
  notFinite: () => {},
}

const faultOf = (image: Uint8Array): Fault | undefined =>
  (Object.keys(FAULTS) as Fault[]).find((fault) => FAULTS[fault].every((level, i) => image[i] === level))

const mean = (levels: Uint8Array): number =>
  levels.reduce((sum, level) => sum + level, 0) / levels.length / 255

const backend: Backend = {
  device: 'stub',
  run: async (images) => {
    for (const image of images) {
      const fault = faultOf(image)
      if (fault) misbehave[fault](images.length)
    }
    return images.map((image) => ({
      score: faultOf(image) === 'notFinite' ? Number.NaN : mean(image),
      map: Float32Array.from({ length: SIDE * SIDE }, (_, i) => mean(image.subarray(i * 3, i * 3 + 3))),
    }))
  },
  close: async () => {},
}

await startProcess(async () => ({
  facts: { name: 'stub', method: 'mean', version: '1', imageSize: SIDE },
  backend,
  report: () => ({ selfTest: EXACT, passedOver: [] }),
  textOf: () => ({ className: null, text: null }),
}))
