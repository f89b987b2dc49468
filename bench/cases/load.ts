/** Timer lag of Node-RED's process: idle, then with as many images under way as the model can take. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lag, startFlow } from '../flow.ts'
import { caseArguments } from '../measure.ts'

export interface LoadRun {
  readonly idle: Lag
  readonly busy: Lag
  readonly imagesPerSecond: number
}

const { folder, image, inFlight, seconds } = caseArguments<{
  folder: string
  image: string
  inFlight: number
  seconds: number
}>()
const bytes = await readFile(image)
const flow = await startFlow(folder)
try {
  const inspect = () => flow.inspect('event', bytes)
  // The model is loaded and every path was taken once.
  await Promise.all(Array.from({ length: inFlight }, inspect))
  await flow.lag()
  await sleep(5000)
  const idle = await flow.lag()

  const start = performance.now()
  let done = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) {
      await inspect()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const took = performance.now() - start
  const busy = await flow.lag()
  console.log(JSON.stringify({ idle, busy, imagesPerSecond: (done * 1000) / took } satisfies LoadRun))
} finally {
  await flow.stop()
}
