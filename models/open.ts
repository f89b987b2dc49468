import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { codedError } from '../errors/index.ts'
import { GRAPH_FILES, MANIFEST_FILE, MANIFEST_VERSION, type ModelManifest } from './manifest.ts'
import { PRECISIONS } from './precision/names.ts'
import { MOST_DRIFT } from './precision/tolerance.ts'
import { sha256Of } from './sha256.ts'

type Kind = 'string' | 'number' | 'object' | 'array'

const kindOf = (value: unknown): Kind | 'other' => {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string' || (typeof value === 'object' && value !== null)) return typeof value as Kind
  return Number.isFinite(value) ? 'number' : 'other'
}

/** What every manifest of this version says, by the kind of value. */
const FIELDS = {
  name: 'string',
  method: 'string',
  version: 'string',
  builder: 'object',
  imageSize: 'number',
  patchSize: 'number',
  grid: 'number',
  features: 'array',
  dpamLayers: 'number',
  memoryLayers: 'array',
  sigma: 'number',
  precision: 'string',
  attention: 'string',
  activation: 'string',
  sources: 'array',
  files: 'object',
  selfTest: 'object',
} satisfies Partial<Record<keyof ModelManifest, Kind>>

/**
 * Reads model.json of a model folder.
 * @throws MODEL_MISSING where there is none, MODEL_MANIFEST where it cannot be used
 */
export const readManifest = async (folder: string): Promise<ModelManifest> => {
  const file = join(folder, MANIFEST_FILE)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw codedError(
      'MODEL_MISSING',
      `there is no ${MANIFEST_FILE} in "${folder}"; expected a folder made by "anomalyclip build".`,
      { cause },
    )
  })
  const wrong = (what: string, cause?: unknown) =>
    codedError('MODEL_MANIFEST', `${file} ${what}; build the model again with this version of the package.`, {
      cause,
    })
  let manifest: Partial<Record<string, unknown>> | null
  try {
    manifest = JSON.parse(text) as typeof manifest
  } catch (cause) {
    throw wrong('is not JSON', cause)
  }
  if (manifest === null || typeof manifest !== 'object') throw wrong('is not a JSON object')
  if (manifest.manifestVersion !== MANIFEST_VERSION)
    throw wrong(
      `has manifestVersion ${String(manifest.manifestVersion)}, and ${MANIFEST_VERSION} is what this package reads`,
    )
  for (const [field, kind] of Object.entries(FIELDS))
    if (kindOf(manifest[field]) !== kind) throw wrong(`has no ${kind} "${field}"`)
  for (const [name, facts] of Object.entries(manifest.files as object))
    if (basename(name) !== name || name.startsWith('.') || kindOf(facts) !== 'object')
      throw wrong(`lists "${name}", which is no file of the folder with its size and sha256`)
  const { files, selfTest, suggestedThreshold } = manifest as unknown as ModelManifest
  const isListed = (name: unknown): name is string => typeof name === 'string' && Object.hasOwn(files, name)
  if (!isListed(selfTest.image) || !isListed(selfTest.map) || kindOf(selfTest.score) !== 'number')
    throw wrong('has no "selfTest" with a score and with an image and a map among its files')
  checkTolerance(selfTest.tolerance, wrong)
  if (!PRECISIONS.some((known) => known === manifest.precision))
    throw wrong(`has the precision "${manifest.precision}", and ${PRECISIONS.join(', ')} are those known`)
  checkText(manifest.text, isListed, wrong)
  checkEngine(manifest.engine, wrong)
  if (
    suggestedThreshold !== null &&
    (kindOf(suggestedThreshold?.score) !== 'number' || kindOf(suggestedThreshold?.pixel) !== 'number')
  )
    throw wrong('has a "suggestedThreshold" that is neither null nor a score and a pixel value')
  return manifest as unknown as ModelManifest
}

/** With anything else than numbers every difference would pass, and with larger ones than a build may differ by a wrong map. */
const checkTolerance = (tolerance: unknown, wrong: (what: string) => Error): void => {
  if (tolerance === undefined) return
  const said = (kindOf(tolerance) === 'object' ? tolerance : {}) as Record<string, unknown>
  for (const [which, most] of Object.entries(MOST_DRIFT))
    if (!(kindOf(said[which]) === 'number' && Number(said[which]) <= most))
      throw wrong(`has a "selfTest" whose tolerance has no "${which}" that is a number up to ${most}`)
}

const checkEngine = (engine: unknown, wrong: (what: string) => Error): void => {
  if (engine === undefined) return
  const { tensorrt, computeCapability, largestBatch, source } = (engine ?? {}) as Record<string, unknown>
  const isSaid = (value: unknown) => value === null || typeof value === 'string'
  const isEngine =
    isSaid(tensorrt) &&
    isSaid(computeCapability) &&
    Number.isInteger(largestBatch) &&
    Number(largestBatch) > 0 &&
    kindOf(source) === 'object'
  if (!isEngine) throw wrong('has an "engine" that does not say what it was compiled for')
}

const checkText = (
  text: unknown,
  isListed: (name: unknown) => boolean,
  wrong: (what: string) => Error,
): void => {
  if (text === null) return
  const { file, dimension, defaultClass, classNames, prompts } = (text ?? {}) as Record<string, unknown>
  const isText =
    isListed(file) &&
    kindOf(dimension) === 'number' &&
    Array.isArray(classNames) &&
    classNames.every((name) => typeof name === 'string') &&
    typeof defaultClass === 'string' &&
    classNames.includes(defaultClass) &&
    (prompts === null || isListed(prompts))
  if (!isText)
    throw wrong('has a "text" that is neither null nor its file, its class names and the default one')
}

/**
 * Holds every file of a model folder to its size and sha256 in the manifest.
 * @param withGraph false where the graph runs on another machine: its files may be missing or not, and nobody reads them
 * @throws MODEL_CORRUPT naming the first file that is missing or changed
 */
export const verifyFiles = async (
  folder: string,
  manifest: ModelManifest,
  { withGraph = true }: { readonly withGraph?: boolean } = {},
): Promise<void> => {
  const corrupt = (name: string, found: string, expected: string, cause?: unknown) =>
    codedError(
      'MODEL_CORRUPT',
      `"${name}" in "${folder}" ${found}; the manifest says ${expected}. The file was changed or copied in part: build or copy the model again.`,
      { cause },
    )
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    if (!withGraph && GRAPH_FILES.includes(name)) continue
    const file = join(folder, name)
    const { size } = await stat(file).catch((cause: unknown) => {
      throw corrupt(name, 'is missing', `${bytes} bytes`, cause)
    })
    if (size !== bytes) throw corrupt(name, `has ${size} bytes`, `${bytes} bytes`)
    const found = await sha256Of(file)
    if (found !== sha256) throw corrupt(name, `has sha256 ${found}`, sha256)
  }
}

/**
 * The manifest of a model folder, every file of which is what it says. Where the folder is changed while it is looked at (a class is
 * added, the model is built anew), it is looked at again.
 * @throws as `readManifest` and `verifyFiles`
 */
export const openWhole = async (
  folder: string,
  options: { readonly withGraph?: boolean } = {},
): Promise<ModelManifest> => {
  const manifest = await readManifest(folder)
  try {
    await verifyFiles(folder, manifest, options)
    return manifest
  } catch (error) {
    if (await isStill(folder, manifest)) throw error
    return openWhole(folder, options)
  }
}

/** Whether a folder's manifest is the one that was read of it. */
export const isStill = async (folder: string, manifest: ModelManifest): Promise<boolean> =>
  isDeepStrictEqual(await readManifest(folder), manifest)
