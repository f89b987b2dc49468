/** A data set evaluated as `anomalyclip evaluate` does, and the same files through the engine alone, turn by turn. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { giveRightOfWay } from '../../cli/evaluate/right-of-way.ts'
import { mapInOrder } from '../../engine/in-order.ts'
import { startEngine } from '../../engine/index.ts'
import { listDataset } from '../../evaluation/datasets/index.ts'
import { BYTES_IN_FLIGHT, evaluateModel, IN_FLIGHT, openCache } from '../../evaluation/run/index.ts'
import { makeFolder } from '../../models/make-folder.ts'
import { alternating, caseArguments, msOf, peakMegabytes } from '../measure.ts'

/** Of all images: wall time, and processor time of this process, ms. */
interface Spent {
  readonly ms: number
  readonly cpuMs: number
}

export interface EvaluationRun {
  /** Images through the engine alone; evaluated; and evaluated once more, all of them from the cache. */
  readonly rounds: readonly { readonly alone: Spent; readonly whole: Spent; readonly cached: Spent }[]
  /** Of the evaluating process. */
  readonly peakMB: number
}

const { folder, root, scratch, rounds } = caseArguments<{
  folder: string
  root: string
  scratch: string
  rounds: number
}>()
// A model like nano takes no class names.
const categories = (await listDataset('mvtec', { root })).categories.map((category) => ({
  ...category,
  className: null,
}))
const samples = categories.flatMap((category) => category.samples)
// As cli/engine.ts starts it, and cli/evaluate/measure.ts goes on.
const engine = startEngine({
  model: folder,
  queue: { policy: 'reject', maxBytes: BYTES_IN_FLIGHT },
  batch: { maxImages: 1, ahead: 1 },
})
const { signal } = new AbortController()
await makeFolder(join(scratch, 'pixels'))
try {
  const model = await engine.ready
  giveRightOfWay()
  const alone = async () => {
    const infer = async ({ image }: (typeof samples)[number]) =>
      engine.infer({ image: { kind: 'encoded', data: await readFile(image) } })
    for await (const _ of mapInOrder(samples, IN_FLIGHT, infer));
  }
  // Over files that are there, ext4 first writes out what it is given.
  const cacheOf = (round: number) => join(scratch, `cache-${round}`)
  const evaluate = async (round: number, resume: boolean) =>
    evaluateModel(
      { dataset: 'mvtec', root, problems: [], categories, limit: null },
      {
        engine,
        model,
        signal,
        device: 'cpu',
        aupro: 'exact',
        worst: 3,
        output: scratch,
        folder: join(scratch, 'pixels'),
        cache: await openCache(cacheOf(round), { resume }),
        onImage: () => {},
      },
    )
  const spentOn = async (work: () => Promise<unknown>): Promise<Spent> => {
    const before = process.cpuUsage()
    const ms = await msOf(work)
    const { user, system } = process.cpuUsage(before)
    return { ms, cpuMs: (user + system) / 1000 }
  }
  const measured: { alone: Spent; whole: Spent; cached: Spent }[] = []
  // The first round is warm-up and not kept, unless it is the only one.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    const steps = { alone, whole: () => evaluate(round, false) }
    const spent: Partial<Record<keyof typeof steps, Spent>> = {}
    for (const name of alternating(['alone', 'whole'] as const, round))
      spent[name] = await spentOn(steps[name])
    const cached = await spentOn(() => evaluate(round, true))
    await rm(cacheOf(round), { recursive: true })
    if (round >= 0) measured.push({ alone: spent.alone!, whole: spent.whole!, cached })
  }
  console.log(JSON.stringify({ rounds: measured, peakMB: peakMegabytes() } satisfies EvaluationRun))
} finally {
  await engine.close()
}
