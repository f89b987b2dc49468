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
import type { BuildRun } from './cases/build.ts'
import type { EngineRun } from './cases/engine.ts'
import type { EvaluationRun } from './cases/evaluation.ts'
import type { FlowRound } from './cases/flow.ts'
import type { FormulationRound } from './cases/formulations.ts'
import type { HandshakeRun } from './cases/handshake.ts'
import type { LoadRun } from './cases/load.ts'
import type { MetricsRun } from './cases/metrics.ts'
import type { SessionRun } from './cases/session.ts'
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
