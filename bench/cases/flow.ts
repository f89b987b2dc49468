/** Images through Node-RED, by every route, and through a bare session of the same folder, turn by turn. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBare } from '../bare.ts'
import { type Inspected, ROUTES, type Route, startFlow } from '../flow.ts'
import { alternating, caseArguments } from '../measure.ts'

/** One image at a time. */
export interface FlowRound extends Record<Route, Inspected> {
  /** ms of `session.run` */
  readonly bare: number
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
  const steps = ['bare', ...(Object.keys(ROUTES) as Route[])] as const
  const measured: FlowRound[] = []
  // The first round is warm-up and not kept: Node-RED's flows run before its model is loaded.
  for (let round = -1; round < rounds; round++) {
    const found: Record<string, Inspected | number> = {}
    for (const step of alternating(steps, round)) {
      found[step] = step === 'bare' ? await bare.run(pixels) : await flow.inspect(step, bytes)
      await sleep(pauseMs)
    }
    if (round >= 0) measured.push(found as unknown as FlowRound)
  }
  console.log(JSON.stringify(measured))
} finally {
  await flow.stop()
}
