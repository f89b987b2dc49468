/** Images that never let the model wait, decoded after each other, in time and one batch ahead, turn by turn, and a bare session beside them. */
import { readFile } from 'node:fs/promises'
import { type EngineOptions, startEngine } from '../../engine/index.ts'
import { openBare } from '../bare.ts'
import { alternating, caseArguments } from '../measure.ts'

/** How much the process is given while it works on another batch. */
export const AHEAD = { none: 0, 'in time': 'in-time', 'one batch': 1 } as const
export type Ahead = keyof typeof AHEAD

/** Milliseconds an image. */
export type AheadRound = Readonly<Record<'bare' | Ahead, number>>

const { folder, image, images, rounds } = caseArguments<{
  folder: string
  image: string
  /** Of each turn. */
  images: number
  rounds: number
}>()
const names = Object.keys(AHEAD) as Ahead[]
const data = await readFile(image)
const bare = await openBare(folder)
const pixels = await bare.pixelsOf(image)
const engineWith = (ahead: NonNullable<EngineOptions['batch']>['ahead']) =>
  startEngine({
    model: folder,
    queue: { policy: 'reject', maxImages: 1000, maxBytes: 2 ** 32 - 1 },
    batch: { maxImages: 1, ...(ahead === undefined ? {} : { ahead }) },
  })
const engines = Object.fromEntries(names.map((name) => [name, engineWith(AHEAD[name])]))
try {
  for (const engine of Object.values(engines)) await engine.ready
  const msAnImage = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now()
    await work()
    return (performance.now() - start) / images
  }
  const steps: Record<keyof AheadRound, () => Promise<number>> = {
    bare: () =>
      msAnImage(async () => {
        for (let i = 0; i < images; i++) await bare.run(pixels)
      }),
    ...(Object.fromEntries(
      names.map((name) => [
        name,
        () =>
          msAnImage(() =>
            Promise.all(
              Array.from({ length: images }, () =>
                engines[name]!.infer({ image: { kind: 'encoded', data } }),
              ),
            ),
          ),
      ]),
    ) as Record<Ahead, () => Promise<number>>),
  }
  const measured: AheadRound[] = []
  // The first round is warm-up and not kept.
  for (let round = -1; round < rounds; round++) {
    const found: Partial<Record<keyof AheadRound, number>> = {}
    for (const name of alternating(['bare', ...names] as const, round)) found[name] = await steps[name]()
    if (round >= 0) measured.push(found as AheadRound)
  }
  console.log(JSON.stringify(measured))
} finally {
  for (const engine of Object.values(engines)) await engine.close()
}
