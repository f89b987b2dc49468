import { copyFile, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { codedError, isCodedError } from '../errors/index.ts'
import { categoriesOf, type Details, readEvaluation } from '../evaluation/results/index.ts'
import type { ModelManifest } from '../models/manifest.ts'
import { readManifest } from '../models/open.ts'
import { removeUnfinished } from '../models/output-folder.ts'
import { outputOf, writeJson, writeWhole } from './files.ts'
import { countsOf, type Gathered, gatheredIn } from './images.ts'
import type { Layout } from './layout.ts'
import { listOf } from './lists.ts'
import { type Compared, nextName, type Offer } from './offer.ts'
import { beginRun, clearRun, endRun, listOfRun } from './run.ts'
import { type RunStep, runStep } from './step.ts'
import { judge, tooFewToTell } from './verdict.ts'
import { type WeightsPaths, weightsFor } from './weights.ts'

export const STEPS = ['train', 'build', 'compare'] as const

export interface RetrainOptions {
  readonly layout: Layout
  /** Of the models to come: NAME-1, NAME-2 and so on. */
  readonly name: string
  /** Folder of the model that was chosen in the editor: the new one has its settings, and begins with its prompts. */
  readonly chosen: string
  /** Folder of the model in use, to be compared with. */
  readonly present: string
  /** Where models are that can be chosen by name. */
  readonly modelsFolder: string
  /** Where what `chosen` was built from is not where `build` keeps it. */
  readonly weights: Partial<WeightsPaths>
  /** Times that each image is learnt from, at most. */
  readonly epochs: number
  /** Images to train on, at least. */
  readonly least: { readonly good: number; readonly bad: number }
  /** false = goes on after an end of Node-RED. */
  readonly isAsked: boolean
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

export interface Progress {
  readonly step: (typeof STEPS)[number]
  /** As `anomalyclip` says it. */
  readonly text: string
}

/** Result of `anomalyclip train`. */
const PROMPTS = 'prompts.pth'

/** Share of the images to train on that says when to stop. */
const VALIDATION = '0.2'
/** Epochs without a better one. */
const PATIENCE = '3'

/**
 * Trains prompts on the gathered images, builds a model with them, and compares it with the present one on images that no training
 * has seen. Writes an offer; puts nothing into use.
 * @throws RETRAINING_IMAGES, RETRAINING_MODEL, RETRAINING_OUTPUT, and what the steps throw; the signal's reason
 */
export const retrain = async (options: RetrainOptions, run: RunStep = runStep): Promise<Offer> => {
  const { layout, signal } = options
  try {
    const offer = await offerOf(options, run)
    await writeJson(layout.offer, offer)
    await endRun(layout)
    return offer
  } catch (error) {
    // What ends with Node-RED goes on with it. On a full disk that cannot be noted, and what has failed is worth more than that.
    if (!signal.aborted) await endRun(layout).catch(() => {})
    throw error
  }
}

const offerOf = async (options: RetrainOptions, run: RunStep): Promise<Offer> => {
  const { layout, present, name } = options
  const gathered = await gatheredIn(layout)
  checkEnough(gathered, options.least)
  const chosen = await readManifest(options.chosen)
  if (chosen.method !== 'anomalyclip')
    throw codedError(
      'RETRAINING_MODEL',
      `the model "${chosen.name}" is of the method ${chosen.method}, and prompts are learnt for anomalyclip; choose such a model.`,
    )
  const weights = await weightsFor(options.chosen, chosen, options.weights)
  const { good, bad } = countsOf(gathered.heldOut)
  const tooFew = tooFewToTell({ good, bad })
  // Before hours of training, not after.
  if (tooFew !== null)
    options.onProgress({ step: 'train', text: `the comparison will be undecided: ${tooFew}` })
  const problems = [...(await trainPrompts(options, { chosen, weights, gathered, run }))]
  const candidate = await nextName(options.modelsFolder, name)
  await outputOf(layout.candidate, () => removeOffered(layout))
  await run(buildArgs(layout, chosen, weights.clip, candidate), stepOptions(options, 'build'))
  // The next training writes over them, and who chooses the new model in the editor can train on from it.
  const learnt = join(layout.candidate, PROMPTS)
  await outputOf(learnt, () => copyFile(join(layout.trained, PROMPTS), learnt))

  await writeWhole(layout.heldOutList, listOf(layout, gathered.heldOut, name))
  const compared = await run(compareArgs(layout, present), stepOptions(options, 'compare'))
  problems.push(...compared.problems)
  const [before, after] = (await readEvaluation(layout.compared)).map(({ details }) => details) as [
    Details,
    Details,
  ]
  return {
    ...judge(judgeable(before), judgeable(after)),
    present: figuresOf(before),
    candidate: figuresOf(after),
    heldOut: { good, bad },
    threshold: categoryOf(after).threshold,
    report: join(layout.compared, 'report.html'),
    problems,
  }
}

const checkEnough = ({ training, heldOut }: Gathered, least: RetrainOptions['least']): void => {
  const [there, kept] = [countsOf(training), countsOf(heldOut)]
  const isEnough = there.good >= least.good && there.bad >= least.bad && Math.min(kept.good, kept.bad) > 0
  if (isEnough) return
  throw codedError(
    'RETRAINING_IMAGES',
    `${there.good} good and ${there.bad} bad images were gathered to train on, and ${kept.good} and ${kept.bad} to compare with; ` +
      `expected at least ${least.good} and ${least.bad}, and 1 of each. Gather more.`,
  )
}

interface Training {
  readonly chosen: ModelManifest
  readonly weights: WeightsPaths
  readonly gathered: Gathered
  readonly run: RunStep
}

/** @returns images that could not be learnt from */
const trainPrompts = async (
  options: RetrainOptions,
  { chosen, weights, gathered, run }: Training,
): Promise<readonly string[]> => {
  const { layout, name, epochs, isAsked } = options
  if (weights.prompts.startsWith(layout.trained + sep))
    throw codedError(
      'RETRAINING_MODEL',
      `the first prompts "${weights.prompts}" are an earlier training's, which this one clears away; copy them to another place, or leave the field ` +
        'of the node empty.',
    )
  const args = [
    'train',
    ...['--method', 'anomalyclip', '--clip', weights.clip, '--init', weights.prompts, ...towersOf(chosen)],
    ...['--dataset', 'csv', '--root', layout.trainingList, '--cache', layout.features],
    ...['--epochs', String(epochs), '--validation', VALIDATION, '--patience', PATIENCE],
    ...['--output', layout.trained],
  ]
  // What Node-RED has interrupted goes on with its images; whoever asks gets all there are.
  const list = (isAsked ? null : await listOfRun(layout)) ?? listOf(layout, gathered.training, name)
  const canGoOn = await beginRun(layout, { args, list, isAsked })
  if (!canGoOn) await outputOf(layout.trained, () => clearRun(layout))
  const train = async (): Promise<readonly string[]> =>
    (await run([...args, '--resume'], stepOptions(options, 'train'))).problems
  try {
    return await train()
  } catch (error) {
    // An image was judged anew or removed since, or the package is another one.
    if (!isCodedError(error, 'TRAINING_RESUME') && !isCodedError(error, 'TRAINING_STATE')) throw error
    await outputOf(layout.trained, () => clearRun(layout))
    return await train()
  }
}

/** What `train` and `build` have to agree on. */
const towersOf = ({ imageSize, dpamLayers, features, activation }: ModelManifest): string[] => [
  ...['--image-size', String(imageSize), '--dpam-layers', String(dpamLayers)],
  ...['--features', features.join(','), '--activation', activation],
]

const buildArgs = (layout: Layout, chosen: ModelManifest, clip: string, name: string): string[] => [
  'build',
  ...['--method', 'anomalyclip', '--clip', clip, '--prompts', join(layout.trained, PROMPTS)],
  ...towersOf(chosen),
  ...['--sigma', String(chosen.sigma), '--attention', chosen.attention],
  ...['--name', name, '--output', layout.candidate],
]

const compareArgs = (layout: Layout, present: string): string[] => [
  'evaluate',
  ...['--dataset', 'csv', '--root', layout.heldOutList, '--model', present, layout.candidate],
  // Models and images come and go for years.
  ...['--output', layout.compared, '--resume', '--prune'],
]

const stepOptions = ({ signal, onProgress }: RetrainOptions, step: Progress['step']) => ({
  signal,
  onLine: (text: string) => onProgress({ step, text }),
})

/** The model to come takes the place of one that was offered. */
const removeOffered = async ({ candidate, offer }: Layout): Promise<void> => {
  await rm(offer, { force: true })
  await removeUnfinished(candidate)
}

/** All images are of one category. */
const categoryOf = (details: Details) => categoriesOf(details)[0]![1]

const judgeable = (details: Details) => {
  const { scored, metrics } = categoryOf(details)
  return { scored, pixelAuroc: metrics.pixel.auroc }
}

const figuresOf = (details: Details): Compared => {
  const { name, version } = details.model
  return { name, version, ...categoryOf(details).metrics }
}
