import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  categoriesOf,
  clearResults,
  comparisonRows,
  type ModelResults,
  resultsFrom,
  tableRows,
  writeComparison,
  writeResults,
} from '../../evaluation/results/index.ts'
import { openCache, type Task } from '../../evaluation/run/index.ts'
import { METHOD_NAMES } from '../../models/method-names.ts'
import { defineCommand } from '../command.ts'
import { DATASET_OPTIONS, givenDataset } from '../dataset.ts'
import { DEVICE, MODEL } from '../engine.ts'
import { measureModel } from '../evaluate/measure.ts'
import { CACHE_FOLDER, categoriesFor, checkClassTaken, chosenModels } from '../evaluate/models.ts'
import { writeReport } from '../evaluate/report.ts'
import { oneLine } from '../one-line.ts'
import { flag, number, oneOf, repeated, someOf, text } from '../options.ts'
import { makeOutputFolder } from '../output-folder.ts'
import { lockOutput } from '../output-lock.ts'
import { displayProgress } from '../progress.ts'
import { givenServer, SERVER_OPTIONS } from '../server.ts'
import { table } from '../table.ts'

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'measure a model on a data set or on your own images',
  usage: ['evaluate --dataset NAME --root DIR [OPTIONS]'],
  about: `Scores every image, prints AUROC, AP and F1-max of images and of pixels and AUPRO in percent, one
line a category, and writes them to the output folder: results.json and results.csv; scores.csv
with every image; threshold-CATEGORY.json, which the node "threshold" imports; details.json and
pictures of the worst cases; report.html, a page with curves, thresholds and the worst cases. Of
several models each has a folder there, and results.json, results.csv and the page are of all.

A folder of your own has the good parts in good/, the others in bad/ and, where you have them,
masks with the base names of the bad ones in masks/ (black = good). Pixels are compared at the
model's size. What cannot be read is named and counts nowhere; only a bad image whose mask alone is
missing counts among images, though not among pixels.

What the model said of each image is kept in cache/ in the output folder, and a run with --resume
inspects only what is not there: after an interruption, or with other masks or more images. Without
--resume everything is inspected anew. Nothing is removed from cache/ in either case, unless --prune
says so.`,
  options: {
    ...DATASET_OPTIONS,
    model: repeated(MODEL),
    methods: someOf(
      METHOD_NAMES,
      'A,B',
      `of the models given, or else of all that are built, those of these methods:\n${METHOD_NAMES.join(', ')}`,
    ),
    class: text(
      'NAME',
      "class name in the prompts of methods that take one (default: the paper's\nof the category; for your own images the model's default)",
    ),
    aupro: oneOf(
      ['exact', 'reference'],
      'HOW',
      'exact, or reference: beside it what the published code computes, with\n200 thresholds and stretching, to compare with the paper (default: exact)',
    ),
    worst: number('N', 'misses and false alarms to draw of each category (default: 3)'),
    resume: flag('go on where an earlier run with this output folder stopped'),
    prune: flag('remove from cache/ in the end what this run had no use for'),
    output: text('DIR', 'where the results are written (default: ./evaluation)'),
    device: DEVICE,
    ...SERVER_OPTIONS,
  },
  operands: { name: 'nothing', least: 0, most: 0 },
  examples: [
    'anomalyclip evaluate --dataset folder --root parts --output report',
    'anomalyclip evaluate --dataset mvtec --root mvtec --categories bottle,cable --aupro reference',
    'anomalyclip evaluate --dataset visa --root VisA --model nano mine --output compared --resume',
  ],
  exit: {
    0: 'every image was scored',
    1: 'something could not be read (the others were scored), or the model could not run',
  },
  run: async (given, _operands, surroundings) => {
    const { print, complain, path, signal } = surroundings
    const { name, root, problems: found, absent, categories } = await givenDataset(given, path)
    const output = path(given.output ?? 'evaluation')
    const task: Task = {
      dataset: name,
      root,
      problems: found,
      limit: given.limit ?? null,
      listed: {
        ...(name === 'sdd' ? { thirds: given.thirds ?? false } : {}),
        ...(given.class === undefined ? {} : { chosenClass: given.class }),
      },
      categories,
    }
    const serverOf = await givenServer(given, surroundings)
    const models = await chosenModels(given.model, given.methods, surroundings)
    const isAlone = models.length === 1
    if (given.class !== undefined) checkClassTaken(models, given.class)
    // Before anything is inspected: a model without a class would stop a run of hours.
    const tasks = models.map((model) => ({ ...task, categories: categoriesFor(model, task.categories) }))
    await makeOutputFolder(output)
    const unlock = lockOutput(output, 'EVALUATION')
    const cacheFolder = join(output, CACHE_FOLDER)
    const folder = join(cacheFolder, '.pixels')
    const progress = displayProgress(surroundings)
    const all: ModelResults[] = []
    /** Those of the data set once, whatever the number of models. */
    const problems = new Set<string>()
    if (absent.length > 0)
      complain(
        `anomalyclip: ${absent.length} categories of ${name} are not there, and not in the mean: ${absent.join(', ')}`,
      )
    try {
      const cache = await openCache(cacheFolder, { resume: given.resume ?? false })
      // Of a run that was killed.
      await rm(folder, { recursive: true, force: true })
      await makeOutputFolder(folder)
      await clearResults(output)
      for (const [index, model] of models.entries()) {
        const ownOutput = isAlone ? output : join(output, model.name)
        await makeOutputFolder(ownOutput)
        await clearResults(ownOutput)
        const { details, total, fromCache } = await measureModel(tasks[index]!, model, {
          cache,
          folder,
          signal,
          progress,
          output: ownOutput,
          device: given.device ?? 'cpu',
          server: serverOf?.(model.manifest.name) ?? null,
          aupro: given.aupro ?? 'exact',
          worst: given.worst ?? 3,
          title: isAlone ? 'images' : `images, model ${index + 1} of ${models.length}, ${model.name}`,
        })
        await writeResults(ownOutput, details)
        const results = resultsFrom(details)
        all.push({ name: model.name, results })
        if (given.resume)
          complain(`anomalyclip: ${model.name}: ${fromCache} of ${total} images from the cache`)
        await print(`${isAlone ? '' : `${model.name}\n`}${table(tableRows(results))}`)
        for (const problem of details.problems) problems.add(problem)
        for (const [, { failed }] of categoriesOf(details))
          for (const { name, reason } of failed)
            problems.add(`${isAlone ? '' : `${model.name}: `}${name}: ${reason}`)
      }
      if (!isAlone) {
        await writeComparison(output, all)
        await print(`\n${table(comparisonRows(all))}`)
      }
      if (given.prune) await cache.prune()
      for (const problem of problems) complain(`anomalyclip: ${oneLine(problem)}`)
      const gaps = await writeReport(output, surroundings)
      const count = gaps + problems.size
      if (count > 0) complain(`anomalyclip: ${count} ${count === 1 ? 'problem' : 'problems'}, named above`)
      return count > 0 ? 1 : 0
    } finally {
      await rm(folder, { recursive: true, force: true })
      unlock()
    }
  },
})
