/** Parts through the handshake of a PLC, both ways, and through a bare session of the same model, turn by turn. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openBare } from '../bare.ts'
import { thisMachine } from '../machine.ts'
import { alternating, caseArguments } from '../measure.ts'
import { type Answered, PLC_ROUTES, type PlcRoute, startPlcFlow } from '../plc-flow.ts'

export interface HandshakeRound extends Record<PlcRoute, Answered> {
  /** ms of `session.run` */
  readonly bare: number
}

export interface HandshakeRun {
  readonly loadBefore: number
  readonly rounds: readonly HandshakeRound[]
}

/** Warm-up, not kept: models are loaded, sessions opened, code compiled. */
const WARM_UP = 60
/** Between two parts: a line of up to 400 a minute. Back to back, one part's rubbish is collected while the next one is inspected. */
const PAUSE_MS = 100

const { folder, image, rounds } = caseArguments<{ folder: string; image: string; rounds: number }>()
const { loadBefore } = thisMachine()
const bare = await openBare(folder)
const pixels = await bare.pixelsOf(image)
const flow = await startPlcFlow(folder, image)
try {
  const measured: HandshakeRound[] = []
  for (let round = -WARM_UP; round < rounds; round++) {
    const found: Record<string, Answered | number> = {}
    for (const step of alternating(['bare', ...PLC_ROUTES] as const, round & 1)) {
      await sleep(PAUSE_MS)
      found[step] = step === 'bare' ? await bare.run(pixels) : await flow.inspect(step)
    }
    if (round >= 0) measured.push(found as unknown as HandshakeRound)
  }
  console.log(JSON.stringify({ loadBefore, rounds: measured }))
} finally {
  await flow.stop()
}
