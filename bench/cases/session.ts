/** Bare `session.run` of a model folder, one call after the other. */
import { openBare } from '../bare.ts'
import { caseArguments, peakMegabytes } from '../measure.ts'

export interface SessionRun {
  readonly loadMs: number
  /** Of each call. */
  readonly ms: readonly number[]
  readonly peakMB: number
}

const { folder, image, batch, runs } = caseArguments<{
  folder: string
  image: string
  batch: number
  runs: number
}>()
const session = await openBare(folder)
const pixels = await session.pixelsOf(image)
await session.run(pixels, batch)
const ms: number[] = []
for (let i = 0; i < runs; i++) ms.push(await session.run(pixels, batch))
console.log(JSON.stringify({ loadMs: session.loadMs, ms, peakMB: peakMegabytes() } satisfies SessionRun))
