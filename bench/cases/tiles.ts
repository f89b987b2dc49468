/** One image whole, and the same one in tiles, turn by turn through the engine. */
import { readFile } from 'node:fs/promises'
import { type Inference, startEngine } from '../../engine/index.ts'
import { alternating, caseArguments, peakMegabytes } from '../measure.ts'

export interface TilesRun {
  readonly tiles: number
  readonly rounds: readonly Readonly<Record<'whole' | 'tiled', Inference['timing']>>[]
  /** Pixels of the map that tiles gave. */
  readonly map: { readonly width: number; readonly height: number }
  /** Of the inference process, before the first image, and at the end. */
  readonly startMB: number
  readonly peakMB: number
}

const { folder, image, side, rounds } = caseArguments<{
  folder: string
  image: string
  /** Columns, and rows. */
  side: number
  rounds: number
}>()
const data = await readFile(image)
const engine = startEngine({ model: folder, batch: { maxImages: 1 } })
try {
  await engine.ready
  const startMB = peakMegabytes(engine.status().pid!)
  const view = { tiles: { columns: side, rows: side, overlap: '10%' } } as const
  const steps = {
    whole: () => engine.infer({ image: { kind: 'encoded', data } }),
    tiled: () => engine.infer({ image: { kind: 'encoded', data }, view }),
  }
  const measured: TilesRun['rounds'][number][] = []
  let map = { width: 0, height: 0 }
  // The first round is warm-up and not kept.
  for (let round = -1; round < rounds; round++) {
    const found: Partial<Record<keyof typeof steps, Inference>> = {}
    for (const name of alternating(['whole', 'tiled'] as const, round)) found[name] = await steps[name]()
    map = { width: found.tiled!.map.width, height: found.tiled!.map.height }
    if (round >= 0) measured.push({ whole: found.whole!.timing, tiled: found.tiled!.timing })
  }
  const peakMB = peakMegabytes(engine.status().pid!)
  console.log(
    JSON.stringify({ tiles: side * side, rounds: measured, map, startMB, peakMB } satisfies TilesRun),
  )
} finally {
  await engine.close()
}
