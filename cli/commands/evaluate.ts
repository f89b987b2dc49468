import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DATASET_NAMES, listDataset } from '../../evaluation/datasets/index.ts'
import { resultsOf, tableRows } from '../../evaluation/results/index.ts'
import {
  BYTES_IN_FLIGHT,
  type CategoryOutcome,
  evaluateCategory,
  recommend,
} from '../../evaluation/run/index.ts'
import { defineCommand } from '../command.ts'
import { DEVICE, engineForFiles, MODEL } from '../engine.ts'
import { writeEvaluation } from '../evaluate/outputs.ts'
import { spread } from '../evaluate/spread.ts'
import { timeLeft } from '../evaluate/time-left.ts'
import { givenModelFolder } from '../model-folder.ts'
import { oneLine } from '../one-line.ts'
import { flag, number, oneOf, text, usageError } from '../options.ts'
import { makeOutputFolder } from '../output-folder.ts'
import { displayProgress } from '../progress.ts'
import { table } from '../table.ts'

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'measure a model on a data set or on your own images',
  usage: ['evaluate --dataset NAME --root DIR [OPTIONS]'],
  about: `Scores every image, prints AUROC, AP and F1-max of images and of pixels and AUPRO in percent, one
line a category, and writes them to the output folder: results.json and results.csv; scores.csv
with every image; threshold-CATEGORY.json, which the node "threshold" imports.

A folder of your own has the good parts in good/, the others in bad/ and, where you have them,
masks with the base names of the bad ones in masks/ (black = good). Pixels are compared at the
model's size. What cannot be read is named and counts nowhere.`,
  options: {
    dataset: oneOf(DATASET_NAMES, 'NAME', `layout of the data set:\n${inLines(DATASET_NAMES)}`),
    root: text('DIR', 'folder that it was unpacked to; of csv and coco the file'),
    meta: flag("read the reference's meta.json in the root in place of the owners' layout"),
    thirds: flag('sdd: each image cut into three, as the paper did'),
    model: MODEL,
    categories: text('A,B', 'these alone (default: all)'),
    limit: number('N', 'images of each category at most, spread over all kinds', { least: 1 }),
    aupro: oneOf(
      ['exact', 'reference'],
      'HOW',
      'exact, or reference: the 200 thresholds and the stretching of the\npublished code, to compare with the paper (default: exact)',
    ),
    output: text('DIR', 'where the results are written (default: ./evaluation)'),
    device: DEVICE,
  },
  operands: { name: 'nothing', least: 0, most: 0 },
  examples: [
    'anomalyclip evaluate --dataset folder --root parts --output report',
    'anomalyclip evaluate --dataset mvtec --root mvtec_anomaly_detection --categories bottle,cable --aupro reference',
  ],
  exit: {
    0: 'every image was scored',
    1: 'something could not be read (the others were scored), or the model could not run',
  },
  run: async (given, _operands, surroundings) => {
    const { print, complain, path, signal } = surroundings
    if (given.dataset === undefined)
      throw usageError(`--dataset is missing; expected ${DATASET_NAMES.join(', ')}.`)
    if (given.root === undefined)
      throw usageError('--root is missing; expected the folder that the data set was unpacked to.')
    const output = path(given.output ?? 'evaluation')
    const root = path(given.root)
    const dataset = await listDataset(given.dataset, {
      root,
      ...(given.categories === undefined
        ? {}
        : { categories: given.categories.split(',').map((name) => name.trim()) }),
      meta: given.meta ?? false,
      thirds: given.thirds ?? false,
    })
    const categories = dataset.categories.map(({ name, samples }) => ({
      name,
      samples: given.limit === undefined ? samples : spread(samples, given.limit),
    }))
    const { device = 'cpu', aupro = 'exact' } = given
    const model = await givenModelFolder(given.model, surroundings)
    await makeOutputFolder(output)
    const folder = await mkdtemp(join(tmpdir(), 'anomalyclip-evaluate-'))
    const engine = engineForFiles({ model, device, bytesInFlight: BYTES_IN_FLIGHT, signal })
    const progress = displayProgress(surroundings)
    try {
      const facts = await engine.ready
      const outcomes = new Map<string, CategoryOutcome>()
      const total = categories.reduce((sum, { samples }) => sum + samples.length, 0)
      const clock = timeLeft(total)
      for (const { name, samples } of categories)
        outcomes.set(
          name,
          await evaluateCategory(samples, {
            engine,
            side: facts.imageSize,
            root,
            aupro,
            folder,
            signal,
            onImage: () => progress.show('images', clock.next(), `${name}  ${clock.left()}`),
          }),
        )
      progress.end()
      const results = resultsOf(
        Object.fromEntries([...outcomes].map(([name, { metrics }]) => [name, metrics])),
      )
      const thresholds = new Map(
        [...outcomes].map(([name, { scored }]) => [name, recommend(scored, facts)] as const),
      )
      await writeEvaluation(output, { results, outcomes, thresholds })
      await print(table(tableRows(results)))
      const problems = [
        ...dataset.problems.map(({ message }) => message),
        ...[...outcomes.values()].flatMap(({ failed }) =>
          failed.map(({ name, reason }) => `${name}: ${reason}`),
        ),
      ]
      for (const problem of problems) complain(`anomalyclip: ${oneLine(problem)}`)
      if (problems.length > 0) complain(`anomalyclip: ${problems.length} problems, named above`)
      return problems.length > 0 ? 1 : 0
    } finally {
      progress.end()
      await engine.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
})

/** Short enough for a terminal of 100 columns. */
function inLines(names: readonly string[]): string {
  const half = Math.ceil(names.length / 2)
  return [names.slice(0, half), names.slice(half)].map((line) => line.join(', ')).join(',\n')
}
