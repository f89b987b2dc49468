import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import { makeFolder } from '../../models/make-folder.ts'
import type { Category } from '../datasets/index.ts'
import {
  type CategoryDetails,
  type Details,
  PICTURES_FOLDER,
  uniqueFileNames,
  type WorstCase,
  writeOutput,
} from '../results/index.ts'
import { type CategoryOptions, type Inspection, inspectCategory } from './category.ts'
import { drawCase } from './pictures.ts'
import { recommend } from './recommend.ts'
import { startTallyThread } from './tally.ts'
import type { Candidate } from './worst.ts'

/** What all models of an evaluation are measured on. */
export interface Task {
  /** Name of the data set, its folder and what of it could not be read. */
  readonly dataset: string
  readonly root: string
  readonly problems: readonly string[]
  readonly categories: readonly Category[]
  /** Images of each category at most, which `categories` follow already; null = all. */
  readonly limit: number | null
  /** How the data set was listed, where it bears on what is published of it. */
  readonly listed?: Pick<Details, 'thirds' | 'chosenClass'>
}

export interface ModelOptions extends Omit<CategoryOptions, 'root' | 'onImage' | 'model' | 'thread'> {
  readonly model: Details['model']
  /** Of this model, for the pictures of the worst cases; it is there. */
  readonly output: string
  /** For temporary files; it is there. After an error, what is left in it is the caller's to remove. */
  readonly folder: string
  /** After each image. */
  readonly onImage: (image: { readonly category: string; readonly isFromCache: boolean }) => void
}

/**
 * Measures one model on all categories and draws the worst cases into a folder below `output`. While one category is measured and drawn, the
 * model is on the next one.
 * An image that was there before and cannot be drawn is one of the problems: figures need no pictures.
 * @throws as `inspectCategory`
 */
export const evaluateModel = async (
  { dataset, root, problems, categories, limit, listed }: Task,
  { output, folder, onImage, ...options }: ModelOptions,
): Promise<Details> => {
  await emptyPictures(join(output, PICTURES_FOLDER))
  // Of a list, names begin where it lies.
  const base = (await stat(root)).isDirectory() ? root : dirname(root)
  // As with `root`: whoever the details are passed on to need not know where it lies.
  const below = (words: string): string => words.replaceAll(`${base}${sep}`, '')
  const fileNames = uniqueFileNames(categories.map(({ name }) => name))

  const detailsOf = async (inspection: Inspection, fileName: string): Promise<CategoryDetails> => {
    const { className, scored, worst } = inspection
    const { name, version } = options.model
    const threshold = recommend(scored, { name, version, ...(className === null ? {} : { className }) })
    const draw = (kind: string, cases: readonly Candidate[]): Promise<WorstCase[]> =>
      drawAll(cases, {
        output,
        prefix: `${fileName}-${kind}`,
        pixelThreshold: threshold?.pixel ?? null,
        onUndrawn: (problem) => remarks.push(problem),
      })
    const [measured, misses, falseAlarms] = await Promise.all([
      inspection.measure(),
      draw('miss', worst.misses),
      draw('false-alarm', worst.falseAlarms),
    ])
    const failed = inspection.failed.map(({ name: image, reason }) => ({
      name: image,
      reason: below(reason),
    }))
    return { className, ...measured, scored, failed, threshold, worst: { misses, falseAlarms } }
  }

  const thread = startTallyThread(folder)
  // Counting the pixels of a large category to the end takes seconds.
  const stop = (): void => void thread.end()
  options.signal.addEventListener('abort', stop)
  const found: Promise<CategoryDetails>[] = []
  const remarks: string[] = []
  try {
    for (const [index, category] of categories.entries()) {
      const inspection = await inspectCategory(category, {
        ...options,
        thread,
        root: base,
        onImage: ({ isFromCache }) => onImage({ category: category.name, isFromCache }),
      })
      remarks.push(...inspection.remarks)
      // One category at most waits to be measured.
      await found.at(-1)
      const details = detailsOf(inspection, fileNames[index]!).finally(() => inspection.close())
      // Asked for below.
      details.catch(() => {})
      found.push(details)
    }
    const all = await Promise.all(found)
    return {
      format: 'anomalyclip-evaluation',
      version: 1,
      dataset,
      root: basename(root),
      model: options.model,
      aupro: options.aupro,
      limit,
      ...listed,
      order: categories.map(({ name }) => name),
      categories: Object.fromEntries(categories.map(({ name }, index) => [name, all[index]!])),
      problems: [...problems, ...remarks].map(below),
    }
  } catch (thrown) {
    // Else whatever the end of the thread has brought down first.
    options.signal.throwIfAborted()
    throw thrown
  } finally {
    options.signal.removeEventListener('abort', stop)
    await thread.end()
    await Promise.allSettled(found)
  }
}

interface Drawing {
  readonly output: string
  readonly prefix: string
  readonly pixelThreshold: number | null
  readonly onUndrawn: (problem: string) => void
}

const drawAll = async (
  cases: readonly Candidate[],
  { output, prefix, pixelThreshold, onUndrawn }: Drawing,
): Promise<WorstCase[]> => {
  const drawn: WorstCase[] = []
  for (const [index, candidate] of cases.entries()) {
    const pictures = await drawCase(candidate, pixelThreshold).catch((error: unknown) => {
      if (!isCodedError(error)) throw error
      onUndrawn(`${candidate.name} is no picture of a worst case: ${messageOf(error)}`)
    })
    if (!pictures) continue
    const write = async (what: string, jpeg: Buffer): Promise<string> => {
      const file = `${PICTURES_FOLDER}/${prefix}-${index + 1}-${what}.jpg`
      await writeOutput(join(output, file), jpeg)
      return file
    }
    drawn.push({
      name: candidate.name,
      score: candidate.score,
      image: await write('image', pictures.image),
      truth: pictures.truth && (await write('truth', pictures.truth)),
      map: await write('map', pictures.map),
    })
  }
  return drawn
}

const PICTURE = /-(miss|false-alarm)-\d+-(image|truth|map)\.jpg$/

/** Of an earlier run, by name: others may have put something there. */
const emptyPictures = async (folder: string): Promise<void> => {
  try {
    await makeFolder(folder)
    for (const name of await readdir(folder))
      if (PICTURE.test(name)) await rm(join(folder, name), { force: true })
  } catch (cause) {
    throw codedError('EVALUATION_OUTPUT', `the folder ${folder} cannot be used: ${messageOf(cause)}.`, {
      cause,
    })
  }
}
