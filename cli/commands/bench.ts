import { availableParallelism } from 'node:os'
import { messageOf } from '../../errors/index.ts'
import { coreCount } from '../../models/cores.ts'
import { chosenClass } from '../../models/text-features.ts'
import { compareModels } from '../bench/compare.ts'
import { benchImages } from '../bench/images.ts'
import { type LinesRun, runLines } from '../bench/lines.ts'
import { measureVariant } from '../bench/measure.ts'
import { adviceInWords, recommend } from '../bench/recommend.ts'
import { recordOf } from '../bench/record.ts'
import { measureRounds } from '../bench/rounds.ts'
import { changesTable, linesTable, linesTitle, variantsTable } from '../bench/show.ts'
import { usualThreads, variantsOf } from '../bench/variants.ts'
import { defineCommand } from '../command.ts'
import { DATASET_OPTIONS } from '../dataset.ts'
import { DEVICE } from '../engine.ts'
import { type Chosen, checkClassTaken, chosenModels } from '../evaluate/models.ts'
import { oneLine } from '../one-line.ts'
import { flag, number, numbers, text, usageError } from '../options.ts'
import { displayProgress } from '../progress.ts'
import { timeLeft } from '../time-left.ts'
import { checkWritable, writeWhole } from '../write-whole.ts'

/** A line of cameras must run for long enough to show its slow images. */
const THOROUGH = { rounds: 3, seconds: 3, batches: [1, 2, 4, 8, 16], lineSeconds: 20 } as const
const QUICK = { rounds: 1, seconds: 0.5, batches: [1, 4], lineSeconds: 3 } as const

export const bench = defineCommand({
  name: 'bench',
  summary: 'measure how fast models run on this machine, and recommend settings',
  usage: ['bench [OPTIONS] [MODEL...]'],
  about: `Times inference with batches of 1 to 16 images on all cores, then single images on fewer threads,
each in a process of its own, round after round, every second round in reverse order; prints
medians with the smallest and the largest, and settings for the node "anomalyclip-model" with the
reason for each. Several models (image sizes, precisions) are compared with the first one, also in
what they say of images: of yours where some are given, or else of drawn surfaces. Each MODEL is a
folder of a built model or the name of one that "models" lists (default: nano).

With --cameras it goes on to measure how long images take through the queue, from when a camera
takes one to its result, with so many cameras at 80 % of what the machine can do. Cameras are
simulated: each sends periodically, up to a quarter of its period too early or too late, and does
not wait for answers. Beside other work, figures are of that too: stop the flows before.`,
  options: {
    batches: numbers('N,N', 'images of one inference (default: 1,2,4,8,16)'),
    threads: numbers('N,N', 'threads of one inference, beside all cores (default: 1 and half of the cores)'),
    device: DEVICE,
    images: text(
      'DIR',
      "a folder of your own images, or one image (default: the model's self-test\nimage, and drawn surfaces to compare models on)",
    ),
    ...DATASET_OPTIONS,
    class: text('NAME', "what the images show, for models that take class names (default: the model's)"),
    cameras: numbers('N,N', 'measure the time of images with so many cameras, such as 1,4,16'),
    load: number('SHARE', 'of what the machine can do that --cameras send (default: 0.8)', {
      least: 0.01,
      most: 2,
      whole: false,
    }),
    seconds: number(
      'N',
      'seconds of each measurement (default: 3, with --quick 0.5; of\neach number of cameras 20, with --quick 3)',
      {
        least: 0.1,
        most: 3600,
        whole: false,
      },
    ),
    quick: flag('one round of half a second each, batches of 1 and 4: for a first look'),
    json: text('FILE', 'write every single figure to FILE'),
  },
  operands: { name: 'a MODEL', least: 0, most: Number.POSITIVE_INFINITY },
  examples: [
    'anomalyclip bench --quick',
    'anomalyclip bench --cameras 1,4,16 my-vit-l',
    'anomalyclip bench --images parts my-vit-l-518 my-vit-l-392 my-vit-l-int8 --json speed.json',
  ],
  exit: {
    0: 'all was measured',
    1: 'a model could not run, or not in each way, or an image not be read (the others were)',
  },
  run: async (given, operands, surroundings) => {
    const { print, complain, path, signal } = surroundings
    const plan = given.quick ? QUICK : THOROUGH
    const seconds = given.seconds ?? plan.seconds
    const device = given.device ?? 'cpu'
    if (given.load !== undefined && given.cameras === undefined)
      throw usageError('--load goes with --cameras. See: anomalyclip bench --help')
    const json = given.json === undefined ? undefined : path(given.json)
    if (json !== undefined) await checkWritable(json)
    const models = await chosenModels(operands.length === 0 ? undefined : operands, undefined, surroundings)
    const images = await benchImages(given, models, path)
    const inputs = images.timed.map(({ input }) => input)
    if (given.class !== undefined) checkClassTaken(models, given.class)
    const classFor = ({ manifest }: Chosen): string | null =>
      given.class === undefined || manifest.text === null ? null : chosenClass(manifest, given.class)

    const variants = variantsOf(models, {
      batches: given.batches ?? plan.batches,
      threads:
        given.threads ??
        (given.quick || device !== 'cpu' ? [] : usualThreads(coreCount() || availableParallelism())),
    })
    const failures: string[] = []
    const fail = (what: string, why: string): void => {
      failures.push(`${what}: ${why}`)
      complain(`anomalyclip: ${what}: ${oneLine(why)}`)
    }
    for (const { file, error } of images.unreadable) fail(`${file} is left out`, messageOf(error))
    complain(
      `anomalyclip: ${variants.length * plan.rounds} measurements of ${seconds} s each and the loading of the models before each: at least ` +
        `${Math.ceil(variants.length * plan.rounds * seconds)} s`,
    )
    const progress = displayProgress(surroundings)
    const common = { device, classFor, signal, progress }
    try {
      const clock = timeLeft(variants.length * plan.rounds)
      const results = await measureRounds(
        variants,
        plan.rounds,
        (variant) =>
          measureVariant(variant, inputs, { device, seconds, className: classFor(variant.model), signal }),
        {
          signal,
          onRun: ({ model, batch }, done, of) => {
            if (done > 0) clock.next()
            progress.show('measuring', done / of, `${model.name}, batch of ${batch}  ${clock.left()}`)
          },
        },
      )
      progress.end()
      await print(variantsTable(results))
      const hasRun = ({ name }: Chosen) =>
        results.some(({ variant, runs }) => variant.model.name === name && runs.length > 0)
      const running = models.filter(hasRun)
      // One model has nothing to be compared with, but labels tell what it is worth.
      const isCompared =
        running.length > 1 || (running.length === 1 && images.compared.some(({ label }) => label !== null))
      const changes = isCompared ? await compareModels(running, images.compared, common) : []
      if (changes.length > 0) {
        if (images.areDrawn)
          await print(
            `\nOn ${images.compared.length} drawn surfaces, as no images were given (--images DIR, or --dataset with labels):`,
          )
        await print(`${images.areDrawn ? '' : '\n'}${changesTable(changes)}`)
      }
      for (const { name, failure } of changes) if (failure !== null) fail(`${name}, compared`, failure)

      const measured = recommend(results, changes)
      const { capacity, lines }: Partial<LinesRun> =
        given.cameras === undefined || measured === null
          ? {}
          : await runLines(models.find(({ name }) => name === measured.model)!, inputs, {
              ...common,
              cameras: given.cameras,
              load: given.load ?? 0.8,
              seconds: given.seconds ?? plan.lineSeconds,
              threads: measured.threads,
              batch: measured.batch,
            }).catch((error: unknown) => {
              signal.throwIfAborted()
              fail(`${measured.model}, cameras`, messageOf(error))
              return {}
            })
      if (measured !== null && lines !== undefined)
        await print(`\n${linesTitle(measured)}\n${linesTable(lines)}`)
      const advice = measured && { ...measured, perSecond: capacity ?? measured.perSecond }
      if (advice !== null) await print(`\n${adviceInWords(advice).join('\n')}`)

      const failed = results.filter(({ failure }) => failure !== null)
      for (const { variant, failure } of failed)
        complain(
          `anomalyclip: ${variant.model.name}, threads ${variant.threads}, batch ${variant.batch}: ${oneLine(failure!)}`,
        )
      if (json !== undefined)
        await writeWhole(
          json,
          Buffer.from(recordOf({ device, images, results, changes, lines: lines ?? [], advice, failures })),
        )
      return failed.length > 0 || failures.length > 0 ? 1 : 0
    } finally {
      progress.end()
    }
  },
})
