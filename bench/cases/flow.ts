/** Images through the whole flow and a bare session of the same folder, turn by turn, one image at a time. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBare } from '../bare.ts'
import { type Inspected, startFlow } from '../flow.ts'
import { alternating, caseArguments } from '../measure.ts'

export interface FlowRound {
  /** ms of `session.run` */
  readonly bare: number
  readonly infer: Inspected
  readonly event: Inspected
}

const { folder, image, rounds, pauseMs } = caseArguments<{
  folder: string
  image: string
  rounds: number
  pauseMs: number
}>()
const bare = await openBare(folder)
const pixels = await bare.pixelsOf(image)
const bytes = await readFile(image)
const flow = await startFlow(folder)
try {
  const measured: FlowRound[] = []
  // The first round is warm-up and not kept: Node-RED answers before its model is loaded.
  for (let round = -1; round < rounds; round++) {
    const found: Partial<{ -readonly [K in keyof FlowRound]: FlowRound[K] }> = {}
    const steps = [
      async () => {
        found.bare = await bare.run(pixels)
      },
      async () => {
        found.infer = await flow.inspect('infer', bytes)
      },
      async () => {
        found.event = await flow.inspect('event', bytes)
      },
    ]
    for (const step of alternating(steps, round)) {
      await step()
      await sleep(pauseMs)
    }
    if (round >= 0) measured.push(found as FlowRound)
  }
  console.log(JSON.stringify(measured))
} finally {
  await flow.stop()
}
