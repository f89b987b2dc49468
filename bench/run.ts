/**
 * `npm run bench`, or `npm run bench -- --only nano,build`. A whole run is kept: bench/results.json, docs/benchmarks.md. With `--keep`
 * the cases that were run take their places among those kept.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nanoModelDir } from '../models/nano/location.ts'
import { readManifest } from '../models/open.ts'
import type { AheadRound } from './cases/ahead.ts'
import type { BuildRun } from './cases/build.ts'
import type { CamerasRun } from './cases/cameras.ts'
import type { EngineRun } from './cases/engine.ts'
import type { EvaluationRun } from './cases/evaluation.ts'
import type { FlowRound } from './cases/flow.ts'
import type { FormulationRound } from './cases/formulations.ts'
import type { HandshakeRun } from './cases/handshake.ts'
import type { LoadRun } from './cases/load.ts'
import type { MetricsRun } from './cases/metrics.ts'
import type { PrecisionRound, PrecisionRounds } from './cases/precision.ts'
import type { ResizeRound } from './cases/resize.ts'
import type { SessionRun } from './cases/session.ts'
import type { TilesRun } from './cases/tiles.ts'
import type { TrainingRun } from './cases/training.ts'
import type { TrainingStepRun } from './cases/training-step.ts'
import { writeEvaluationSet } from './evaluation-set.ts'
import { writeCameraImages } from './images.ts'
import { keptResults, keptSoak } from './kept.ts'
import { thisMachine } from './machine.ts'
import { alternating, runCase } from './measure.ts'
import { VIT_L, writeRandomClip } from './random-clip.ts'
import { reportOf } from './report.ts'
import type { CaseName, Results } from './results.ts'
import { vitLCases } from './vit-l-cases.ts'

const FORMULATIONS = ['fused', 'plain'] as const
/** Each variant is measured in this many processes of its own, in alternating order. */
const PROCESSES = 3

const say = (text: string): void => console.error(text)

/** All cases over one temporary folder, where the random ViT-L is built when it is first needed. */
const casesIn = async (folder: string) => {
  const images = await writeCameraImages(folder)
  const weights = { clip: join(folder, 'clip.safetensors'), prompts: join(folder, 'prompts.safetensors') }
  const drawn = new Map<string, Promise<BuildRun>>()
  let weightsDrawn: Promise<void> | null = null

  const vitLFolder = (formulation: string): string => join(folder, `vit-l-${formulation}`)
  const drawWeights = (): Promise<void> => {
    weightsDrawn ??= writeRandomClip(weights, VIT_L)
    return weightsDrawn
  }
  const buildVitL = async (formulation: string): Promise<BuildRun> => {
    await drawWeights()
    say(`building ViT-L, ${formulation}`)
    const output = vitLFolder(formulation)
    return runCase<BuildRun>('build', { ...weights, output, attention: formulation })
  }
  const vitL = async (formulation: string): Promise<string> => {
    if (!drawn.has(formulation)) drawn.set(formulation, buildVitL(formulation))
    await drawn.get(formulation)
    return vitLFolder(formulation)
  }

  const build = async () => {
    const runs = { fused: [] as BuildRun[], plain: [] as BuildRun[] }
    for (let round = 0; round < PROCESSES; round++)
      for (const formulation of alternating(FORMULATIONS, round)) {
        const run = buildVitL(formulation)
        drawn.set(formulation, run)
        runs[formulation].push(await run)
      }
    return runs
  }

  const session = async () => {
    const runs = { fused: [] as SessionRun[], plain: [] as SessionRun[] }
    for (let round = 0; round < PROCESSES; round++)
      for (const formulation of alternating(FORMULATIONS, round)) {
        const model = await vitL(formulation)
        say(`ViT-L, ${formulation}: session.run`)
        runs[formulation].push(
          await runCase('session', { folder: model, image: images.small.file, batch: 1, runs: 2 }),
        )
      }
    return runs
  }

  const formulations = async () => {
    const [fused, plain] = [await vitL('fused'), await vitL('plain')]
    say('ViT-L, fused and plain in turn: session.run')
    return runCase<FormulationRound[]>('formulations', { fused, plain, image: images.small.file, rounds: 8 })
  }

  const precision = async () => {
    await drawWeights()
    const models = []
    const folders = { fp32: '', int8: '', int4: '' } satisfies Record<keyof PrecisionRound, string>
    for (const precision of ['fp32', 'int8', 'int4'] as const) {
      say(`ViT-L, ${precision}: build and session.run`)
      const output = join(folder, `vit-l-${precision}`)
      folders[precision] = output
      const build = await runCase<BuildRun>('build', { ...weights, output, precision })
      const session = await runCase<SessionRun>('session', {
        folder: output,
        image: images.small.file,
        batch: 1,
        runs: 1,
      })
      const { files } = await readManifest(output)
      const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
      models.push({ precision, fileMB: bytes / 1e6, build, session })
    }
    say('ViT-L in fp32, int8 and int4 in turn: session.run')
    const rounds = await runCase<PrecisionRounds>('precision', {
      folders,
      image: images.small.file,
      rounds: 8,
    })
    return { models, rounds }
  }

  const nano = async () => {
    const results = [1, 4, 8].map((batch) => ({ batch, runs: [] as SessionRun[] }))
    for (let round = 0; round < PROCESSES; round++)
      for (const { batch, runs } of alternating(results, round)) {
        say(`nano, batch of ${batch}: session.run`)
        runs.push(
          await runCase('session', { folder: nanoModelDir(), image: images.small.file, batch, runs: 50 }),
        )
      }
    return results
  }

  const models = [
    { model: 'nano', at: async () => nanoModelDir(), rounds: 50, inFlight: 8, seconds: 20 },
    { model: 'ViT-L', at: () => vitL('fused'), rounds: 6, inFlight: 4, seconds: 30 },
  ] as const
  /** Runs one case for every model and image. */
  const over = async <T extends object>(
    what: string,
    caseOf: (at: { folder: string; image: string }, model: (typeof models)[number]) => Promise<T>,
  ) => {
    const results = []
    for (const entry of models)
      for (const { label, file } of Object.values(images)) {
        const at = { folder: await entry.at(), image: file }
        say(`${entry.model}, ${label}: ${what}`)
        results.push({ model: entry.model, image: label, ...(await caseOf(at, entry)) })
      }
    return results
  }
  // Longer than TCP puts an acknowledgement off, so that no step waits for one of the step before.
  const pauseMs = 60

  const evaluation = async () => {
    const results = []
    for (const { images, rounds } of [
      { images: 200, rounds: 4 },
      { images: 2_000, rounds: 2 },
    ]) {
      say(`nano, evaluation of ${images} images`)
      const root = join(folder, `set-${images}`)
      await writeEvaluationSet(root, images)
      const scratch = join(folder, `evaluation-${images}`)
      const at = { folder: nanoModelDir(), root, scratch, rounds }
      results.push({ images, ...(await runCase<EvaluationRun>('evaluation', at)) })
    }
    return results
  }

  const metrics = async () => {
    const results = [
      { side: 224, maps: 200, processes: PROCESSES },
      { side: 224, maps: 2_000, processes: PROCESSES },
      { side: 518, maps: 200, processes: PROCESSES },
      // Half a billion pixels, 1 GB on the disk for a while.
      { side: 518, maps: 2_000, processes: 1 },
    ].map((variant) => ({ ...variant, runs: [] as MetricsRun[] }))
    for (let round = 0; round < PROCESSES; round++)
      for (const { side, maps, processes, runs } of alternating(results, round)) {
        if (round >= processes) continue
        say(`pixel metrics of ${maps} maps of ${side} × ${side}`)
        runs.push(await runCase('metrics', { side, maps }))
      }
    return results.map(({ side, maps, runs }) => ({ side, maps, runs }))
  }

  const tiles = async () => {
    const results = []
    for (const { model, at, sides, rounds } of [
      { model: 'nano', at: async () => nanoModelDir(), sides: [1, 2, 3, 4, 8], rounds: 12 },
      { model: 'ViT-L', at: () => vitL('fused'), sides: [1, 2], rounds: 3 },
    ] as const)
      for (const side of sides) {
        const folder = await at()
        say(`${model}, ${images.large.label}: ${side} × ${side} tiles`)
        const args = { folder, image: images.large.file, side, rounds }
        results.push({ model, ...(await runCase<TilesRun>('tiles', args)) })
      }
    return results
  }

  const batches = async () => {
    const results = []
    for (const { model, at, rounds } of models) {
      const sizes = [1, 2, 4, 8].map((batch) => ({ batch, runs: [] as SessionRun[] }))
      for (let round = 0; round < PROCESSES; round++)
        for (const { batch, runs } of alternating(sizes, round)) {
          say(`${model}, batch of ${batch}: session.run`)
          const calls = Math.max(1, Math.floor(rounds / 3 / batch))
          runs.push(
            await runCase('session', { folder: await at(), image: images.small.file, batch, runs: calls }),
          )
        }
      results.push({ model, sizes })
    }
    return results
  }

  const resize = async () => {
    const results = []
    for (const side of [224, 518]) {
      const { label, file } = images.large
      say(`${label} to ${side} × ${side}`)
      results.push({
        image: label,
        side,
        rounds: await runCase<ResizeRound[]>('resize', { image: file, side, rounds: 15 }),
      })
    }
    return results
  }

  const ahead = () =>
    over('decoding beside inference', async (at, { model }) => ({
      rounds: await runCase<AheadRound[]>('ahead', {
        ...at,
        ...(model === 'nano' ? { images: 25, rounds: 12 } : { images: 3, rounds: 4 }),
      }),
    }))

  const cameras = async () => {
    const results = []
    for (const through of ['engine', 'flow'] as const) {
      const { label, file } = images.small
      say(`nano, cameras at 80 % load through the ${through}`)
      const line = { cameras: [1, 4, 16], load: 0.8, seconds: 20, rounds: 2 }
      const at = { folder: nanoModelDir(), image: file, through, ...line }
      results.push({
        model: 'nano' as const,
        image: label,
        through,
        ...(await runCase<CamerasRun>('cameras', at)),
      })
    }
    return results
  }

  const training = async () => {
    const { loadBefore } = thisMachine()
    await drawWeights()
    const { clip } = weights
    const steps: TrainingStepRun[] = []
    for (const taps of [1, 4]) {
      say(`ViT-L, a training step with ${taps} ${taps === 1 ? 'tap' : 'taps'}, and PyTorch's`)
      steps.push(await runCase('training-step', { clip, images: 8, taps, rounds: 6 }))
    }
    say('ViT-L, a whole training, and one that computes the features in every epoch')
    const root = join(folder, 'training-set')
    await writeEvaluationSet(root, 8)
    const scratch = join(folder, 'training')
    const whole = await runCase<TrainingRun>('training', { clip, root, scratch, epochs: 15 })
    return { loadBefore, steps, whole }
  }

  return {
    build,
    vitL: session,
    formulations,
    precision,
    ...vitLCases({
      folder,
      weights,
      drawWeights,
      fused: () => vitL('fused'),
      image: images.small.file,
      processes: PROCESSES,
      say,
    }),
    nano,
    engine: () =>
      over('engine and session.run', (at, { rounds }) =>
        runCase<EngineRun>('engine', { ...at, rounds, pauseMs }),
      ),
    flow: () =>
      over('flow and session.run', async (at, { rounds }) => ({
        rounds: await runCase<FlowRound[]>('flow', { ...at, rounds, pauseMs }),
      })),
    lag: () =>
      over('timer lag of the flow', async (at, { inFlight, seconds }) => ({
        inFlight,
        ...(await runCase<LoadRun>('load', { ...at, inFlight, seconds })),
      })),
    batches,
    resize,
    ahead,
    cameras,
    handshake: async () => {
      say('nano, handshake with a PLC and session.run')
      return runCase<HandshakeRun>('handshake', {
        folder: nanoModelDir(),
        image: images.small.file,
        rounds: 150,
      })
    },
    evaluation,
    metrics,
    tiles,
    training,
  } satisfies Record<CaseName, () => Promise<Results[CaseName]>>
}

const toFiveDigits = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(5)) : value

const { values } = parseArgs({
  options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } },
})
const folder = await mkdtemp(join(tmpdir(), 'anomalyclip-bench-'))
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  })
try {
  const cases = await casesIn(folder)
  const names = Object.keys(cases) as CaseName[]
  const chosen = values.only?.split(',') ?? names
  const unknown = chosen.filter((name) => !names.some((known) => known === name))
  if (unknown.length > 0)
    throw new Error(`there is no case ${unknown.join(', ')}; there are ${names.join(', ')}`)
  const root = resolve(import.meta.dirname, '..')
  const file = join(root, 'bench', 'results.json')
  let results: Results = values.keep ? await keptResults() : { machine: thisMachine() }
  for (const name of names.filter((known) => chosen.includes(known)))
    results = { ...results, [name]: await cases[name]() }
  const text = JSON.stringify(results, toFiveDigits, 1)
  const report = reportOf(JSON.parse(text) as Results, await keptSoak())
  console.log(report)
  if (values.only === undefined || values.keep) {
    await writeFile(file, text)
    await writeFile(join(root, 'docs', 'benchmarks.md'), report)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
