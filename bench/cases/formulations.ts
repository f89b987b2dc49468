/** Bare sessions of the same weights in both formulations, turn by turn. */
import { openBare } from '../bare.ts'
import { alternating, caseArguments, settled } from '../measure.ts'

/** ms of one image each */
export interface FormulationRound {
  readonly fused: number
  readonly plain: number
}

const { fused, plain, image, rounds } = caseArguments<{
  fused: string
  plain: string
  image: string
  rounds: number
}>()
const sessions = { fused: await openBare(fused), plain: await openBare(plain) }
const pixels = await sessions.fused.pixelsOf(image)
const measured: FormulationRound[] = []
// The first round is warm-up and not kept.
for (let round = -1; round < rounds; round++) {
  const ms = { fused: 0, plain: 0 }
  for (const name of alternating(['fused', 'plain'] as const, round)) {
    await settled()
    ms[name] = await sessions[name].run(pixels)
  }
  if (round >= 0) measured.push(ms)
}
console.log(JSON.stringify(measured))
