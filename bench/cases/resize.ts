/** An image from its bytes to what a model takes, in this process: decoding, then resizing with the plain loops and with vectors, turn by turn. */
import { readFile } from 'node:fs/promises'
import { decodeImage } from '../../engine/image/index.ts'
import { DEFAULT_LIMITS } from '../../engine/image/limits.ts'
import { resizeBicubic, resizePlainly } from '../../engine/image/resize.ts'
import { alternating, caseArguments, msOf } from '../measure.ts'

/** Milliseconds. */
export interface ResizeRound {
  readonly decode: number
  readonly plain: number
  readonly vectors: number
}

const { image, side, rounds } = caseArguments<{ image: string; side: number; rounds: number }>()
const data = await readFile(image)
const measured: ResizeRound[] = []
// The first two are warm-up and not kept.
for (let round = -2; round < rounds; round++) {
  let decoded: Awaited<ReturnType<typeof decodeImage>>
  const decode = await msOf(async () => {
    decoded = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  })
  const ms = { plain: 0, vectors: 0 }
  for (const [name, resize] of alternating(
    [
      ['plain', resizePlainly],
      ['vectors', resizeBicubic],
    ] as const,
    round,
  ))
    ms[name] = await msOf(async () => resize(decoded.rgb, decoded.width, decoded.height, side, side))
  if (round >= 0) measured.push({ decode, ...ms })
}
console.log(JSON.stringify(measured))
