/** The engine, without Node-RED, and a bare session of the same folder, turn by turn. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEngine } from '../../engine/index.ts'
import { openBare } from '../bare.ts'
import { alternating, caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface EngineRun {
  /** From the start of the process to the end of its self-test. */
  readonly readyMs: number
  readonly loadMs: number
  /** Of the inference process. */
  readonly peakMB: number
  readonly rounds: readonly { readonly bare: number; readonly engine: number }[]
}

const { folder, image, rounds, pauseMs } = caseArguments<{
  folder: string
  image: string
  rounds: number
  pauseMs: number
}>()
const bare = await openBare(folder)
const pixels = await bare.pixelsOf(image)
const data = await readFile(image)
const engine = startEngine({ model: folder })
try {
  const readyMs = await msOf(() => engine.ready)
  const steps = {
    bare: () => bare.run(pixels),
    engine: () => msOf(() => engine.infer({ image: { kind: 'encoded', data } })),
  }
  const names = ['bare', 'engine'] as const
  const measured: { bare: number; engine: number }[] = []
  // The first round is warm-up and not kept.
  for (let round = -1; round < rounds; round++) {
    const ms = { bare: 0, engine: 0 }
    for (const name of alternating(names, round)) {
      ms[name] = await steps[name]()
      await sleep(pauseMs)
    }
    if (round >= 0) measured.push(ms)
  }
  const peakMB = peakMegabytes(engine.status().pid!)
  console.log(JSON.stringify({ readyMs, loadMs: bare.loadMs, peakMB, rounds: measured } satisfies EngineRun))
} finally {
  await engine.close()
}
