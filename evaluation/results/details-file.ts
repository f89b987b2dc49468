import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError, messageOf } from '../../errors/index.ts'
import { type Recommendation, readRecommendation } from '../../inspection/calibration/index.ts'
import type { Measured } from '../metrics/index.ts'
import type { CategoryDetails, Details, Scored, WorstCase } from './details.ts'
import { fileNameOf } from './file-names.ts'
import {
  listOf,
  nullOr,
  number,
  objectOf,
  oneOf,
  optional,
  type Read,
  recordOf,
  text,
  textLike,
  yesOrNo,
} from './read-json.ts'
import type { PixelMetrics } from './results.ts'
import { writeOutput } from './write-file.ts'

const DETAILS_FILE = 'details.json'
export const RESULTS_FILE = 'results.json'

/** Folder of the pictures, below that of `details.json`. */
export const PICTURES_FOLDER = 'worst'

/** One model's part of an evaluation. */
export interface Evaluated {
  /** Of the model, unique in the evaluation. */
  readonly name: string
  /** Where its `details.json` lies, and what that names. */
  readonly folder: string
  readonly details: Details
}

/** @throws EVALUATION_OUTPUT */
export const writeDetails = (folder: string, details: Details): Promise<void> =>
  writeOutput(join(folder, DETAILS_FILE), `${JSON.stringify(details)}\n`)

/** Reads what `evaluate` has left of one model. @throws EVALUATION_DETAILS */
export const readDetails = (folder: string): Promise<Details> => readAs(join(folder, DETAILS_FILE), DETAILS)

/**
 * Reads what `evaluate` has left in its output folder: its one model, or each of several in the order in which they were given.
 * @throws EVALUATION_DETAILS
 */
export const readEvaluation = async (output: string): Promise<Evaluated[]> => {
  const { models } = await readAs(join(output, RESULTS_FILE), INDEX)
  if (models === null) {
    const details = await readDetails(output)
    return [{ name: details.model.name, folder: output, details }]
  }
  const read = async (name: string): Promise<Evaluated> => {
    const folder = join(output, fileNameOf(name))
    return { name, folder, details: await readDetails(folder) }
  }
  return Promise.all(models.map(read))
}

const readAs = async <T>(file: string, read: Read<T>): Promise<T> => {
  const refuse = (what: string, cause: unknown) =>
    codedError('EVALUATION_DETAILS', `${file} ${what}; run "anomalyclip evaluate" to write it.`, { cause })
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refuse(
      `cannot be read (${messageOf(cause)}), expected the output folder of "anomalyclip evaluate"`,
      cause,
    )
  })
  let found: unknown
  try {
    found = JSON.parse(content)
  } catch (cause) {
    throw refuse(`is not JSON (${messageOf(cause)})`, cause)
  }
  try {
    return read(found, '')
  } catch (cause) {
    throw refuse(`cannot be used: ${messageOf(cause)}`, cause)
  }
}

/** Of `results.json` the names of the models alone; null where it holds one model's results. */
const INDEX: Read<{ readonly models: readonly string[] | null }> = (value, at) => {
  if (typeof value === 'object' && value !== null && 'categories' in value) return { models: null }
  const { models, order } = objectOf<{ models: object; order?: readonly string[] }>({
    models: recordOf((of) => of),
    order: optional(listOf(text)),
  })(value, at)
  return { models: order ?? Object.keys(models) }
}

const metric = nullOr(number)
const point: Read<readonly [number, number]> = (value, at) => {
  const [x, y, ...more] = listOf(number)(value, at)
  if (x === undefined || y === undefined || more.length > 0) throw new Error(`"${at}" is no point [x, y]`)
  return [x, y]
}

const measured = objectOf<Measured>({
  auroc: metric,
  ap: metric,
  f1max: metric,
  f1Threshold: metric,
  aupro: metric,
  auproReference: optional(metric),
  roc: listOf(point),
  pro: listOf(point),
})

/** The page that shows a picture is passed on: none may be taken from elsewhere. */
const picture = textLike(
  /^worst\/[^/\\:]+\.jpg$/,
  `the name of a JPEG in the folder ${PICTURES_FOLDER} beside it`,
)

const worstCase = objectOf<WorstCase>({
  name: text,
  score: number,
  image: picture,
  truth: nullOr(picture),
  map: picture,
})

const recommendation: Read<Recommendation> = (value) => readRecommendation(value)

const category = objectOf<CategoryDetails>({
  className: nullOr(text),
  metrics: objectOf({
    image: objectOf({ auroc: metric, ap: metric, f1max: metric }),
    pixel: objectOf<PixelMetrics>({
      auroc: metric,
      ap: metric,
      f1max: metric,
      aupro: metric,
      auproReference: optional(metric),
    }),
  }),
  image: measured,
  pixel: nullOr(measured),
  scored: listOf(objectOf<Scored>({ name: text, label: oneOf(0, 1), score: number, peak: number })),
  failed: listOf(objectOf({ name: text, reason: text })),
  threshold: nullOr(recommendation),
  worst: objectOf({ misses: listOf(worstCase), falseAlarms: listOf(worstCase) }),
})

const DETAILS = objectOf<Details>({
  format: oneOf('anomalyclip-evaluation'),
  version: oneOf(1),
  dataset: text,
  root: text,
  model: objectOf<Details['model']>({
    name: text,
    method: text,
    version: text,
    imageSize: number,
    sources: optional(listOf(objectOf({ role: text, file: text, url: nullOr(text) }))),
  }),
  thirds: optional(yesOrNo),
  chosenClass: optional(text),
  aupro: oneOf('exact', 'reference'),
  limit: nullOr(number),
  categories: recordOf(category),
  order: optional(listOf(text)),
  problems: listOf(text),
})
