import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { codedError } from '../errors/index.ts'
import { type ChosenSettings, precisionMisuse, settingsOf } from './build-settings.ts'
import { classNamesInPrompts } from './class-names.ts'
import { clipDimensions } from './clip/dimensions.ts'
import { type WrittenFile, writeGraph } from './graph/index.ts'
import {
  MANIFEST_VERSION,
  type ManifestSource,
  type ModelManifest,
  SOURCE_ROLES,
  type SourceRole,
} from './manifest.ts'
import type { MethodName } from './method-names.ts'
import { METHODS, type MethodFiles, methodGraph } from './methods/index.ts'
import { makeWhole } from './output-folder.ts'
import { thisPackage } from './package.ts'
import { type BuildImage, type PrecisionName, preciseModel } from './precision/index.ts'
import { writeSelfTest } from './self-test.ts'
import { sha256Of } from './sha256.ts'
import { DRAWN_IMAGES, TEST_IMAGE } from './test-images.ts'
import { textFeaturesOf, writeTextSide } from './text-side.ts'
import { openWeights, type WeightsFile } from './weights/index.ts'
import { writeManifest } from './write-manifest.ts'

export interface BuildOptions extends ChosenSettings {
  readonly method: MethodName
  /** CLIP weights: safetensors, OpenAI's archive or a torch state dict. */
  readonly clip: string
  /** Learnt prompts in the published layout, for the methods that have them. */
  readonly prompts?: string
  /** Learnt linear layers in the published layout, for the methods that have them. */
  readonly linear?: string
  /** For the methods that take class names; the first is the default. Default: `object`. */
  readonly classNames?: readonly string[]
  /** Default: fp32. */
  readonly precision?: PrecisionName
  /** Images of what is to be inspected: int8 and int4 are balanced for them. Default: drawn surfaces. */
  readonly calibration?: readonly BuildImage[]
  /** Images that score and map are compared on with those in fp32. Default: what it is calibrated with. */
  readonly measured?: readonly BuildImage[]
  /** Default: the name of the output folder. */
  readonly name?: string
  readonly licences?: Partial<Record<SourceRole, string>>
  /** Where the files were fetched from. */
  readonly urls?: Partial<Record<SourceRole, string>>
  readonly suggestedThreshold?: { readonly score: number; readonly pixel: number }
  /** Model folder; it appears whole or not at all, and replaces an earlier model there. */
  readonly output: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BuildProgress) => void
}

export interface BuildProgress {
  readonly step: 'reading' | 'self-test' | 'drift' | 'weights'
  /** 0..1 within the step. */
  readonly share: number
}

/** The files that a method is built from, by their role. @throws MODEL_OPTIONS where one is missing or one too many */
const filesOf = (options: BuildOptions): [SourceRole, string][] => {
  const { needs } = METHODS[options.method]
  const given = SOURCE_ROLES.flatMap((role): [SourceRole, string][] => {
    const file = options[role]
    return file === undefined ? [] : [[role, file]]
  })
  for (const role of ['prompts', 'linear'] as const) {
    if (role === needs && options[role] === undefined)
      throw codedError('MODEL_OPTIONS', `${options.method} needs ${NEEDED[role]}, and no file was given.`)
    if (role !== needs && options[role] !== undefined)
      throw codedError(
        'MODEL_OPTIONS',
        `${options.method} has no use for ${NEEDED[role]}: leave the file out.`,
      )
  }
  return given
}

const NEEDED = { prompts: 'learnt prompts', linear: 'learnt linear layers' } as const

const sourceOf = async (
  role: SourceRole,
  file: string,
  { licences, urls }: BuildOptions,
): Promise<ManifestSource> => ({
  role,
  file: basename(file),
  sha256: await sha256Of(file),
  licence: licences?.[role] ?? null,
  url: urls?.[role] ?? null,
})

/**
 * Changes with whatever changes a score. Text features are not in it: class names come and go, and what they are made from is in the graph, in
 * the method and in the prompts.
 */
const versionOf = (
  files: Readonly<Record<string, WrittenFile>>,
  { method, sources }: Pick<ModelManifest, 'method' | 'sources'>,
): string => {
  const hash = createHash('sha256')
  for (const name of Object.keys(files).toSorted()) hash.update(`${name} ${files[name]!.sha256}\n`)
  if (METHODS[method].takesClassNames) {
    hash.update(`method ${method}\n`)
    for (const { role, sha256 } of sources) if (role === 'prompts') hash.update(`${role} ${sha256}\n`)
  }
  return hash.digest('hex').slice(0, 12)
}

const fileFacts = async (folder: string, names: readonly string[]): Promise<Record<string, WrittenFile>> => {
  const facts = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      const { size } = await stat(file)
      return [name, { bytes: size, sha256: await sha256Of(file) }] as const
    }),
  )
  return Object.fromEntries(facts)
}

/**
 * Compiles CLIP weights into a model folder: one graph from pixels to map, text features where the method takes class names, its manifest and its
 * self-test.
 * @throws WEIGHTS_… where a file cannot be used, MODEL_OPTIONS where the options do not fit it, MODEL_OUTPUT
 */
export const buildModel = async (options: BuildOptions): Promise<ModelManifest> => {
  const paths = filesOf(options)
  const output = resolve(options.output)
  return makeWhole(output, async (folder) => {
    options.onProgress?.({ step: 'reading', share: 0 })
    const opened = new Map<SourceRole, WeightsFile>()
    try {
      for (const [role, file] of paths) opened.set(role, await openWeights(file))
      return await fillFolder(folder, { name: basename(output), ...options }, opened)
    } finally {
      await Promise.all([...opened.values()].map((file) => file.close()))
    }
  })
}

const fillFolder = async (
  folder: string,
  options: BuildOptions & { readonly name: string },
  opened: ReadonlyMap<SourceRole, WeightsFile>,
): Promise<ModelManifest> => {
  const { name, signal, onProgress = () => undefined } = options
  const method = METHODS[options.method]
  const clip = opened.get('clip')!
  const dimensions = clipDimensions(clip)
  const settings = settingsOf(options.method, options, dimensions, clip.format === 'torchscript')
  const files: MethodFiles = {
    clip,
    dimensions,
    prompts: opened.get('prompts') ?? null,
    linear: opened.get('linear') ?? null,
    activation: settings.activation,
  }
  const features = await textFeaturesOf(method, files, classNamesOf(options), signal)
  const first = features.values().next().value!
  const precision = precisionOf(options)
  onProgress({ step: precision === 'fp32' ? 'self-test' : 'drift', share: 0 })
  const calibration = options.calibration ?? DRAWN_IMAGES
  const { graph, reference, found } = await preciseModel({
    precision,
    graphIn: (written) =>
      methodGraph(method, files, method.takesClassNames ? null : first, settings, written),
    read: (tensor) => clip.read(tensor),
    testImage: TEST_IMAGE,
    calibration,
    measured: options.measured ?? calibration,
    look: { side: settings.imageSize, text: method.takesClassNames ? first : null, signal },
    onProgress: (share) => onProgress({ step: 'drift', share }),
  })
  const modelFiles = await writeGraph(graph, {
    folder,
    // Neither the model's name nor the builder's version goes in: the same model has the same bytes, and with them the
    // same version, under which thresholds keep their calibration.
    name: 'anomalyclip',
    producer: thisPackage.name,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (written, total) => onProgress({ step: 'weights', share: written / total }),
  })
  const text = method.takesClassNames ? await writeTextSide(folder, features, files) : null
  const selfTest = await writeSelfTest(folder, settings.imageSize, reference)
  const sources = await Promise.all(filesOf(options).map(([role, file]) => sourceOf(role, file, options)))
  const { formulation, ...inManifest } = settings
  const others = [selfTest.image, selfTest.map, ...(text === null ? [] : text.files)]
  const manifest: ModelManifest = {
    manifestVersion: MANIFEST_VERSION,
    name,
    method: options.method,
    version: versionOf(modelFiles, { method: options.method, sources }),
    builder: { name: thisPackage.name, version: thisPackage.version },
    patchSize: dimensions.vision.patch,
    grid: Math.floor(settings.imageSize / dimensions.vision.patch),
    ...inManifest,
    precision,
    ...(found === null ? {} : { drift: { ...found.drift, unbalanced: found.unbalanced } }),
    attention: formulation,
    text: text === null ? null : text.inManifest,
    sources,
    files: { ...modelFiles, ...(await fileFacts(folder, others)) },
    suggestedThreshold: options.suggestedThreshold ?? null,
    selfTest: found === null ? selfTest : { ...selfTest, tolerance: found.tolerance },
  }
  await writeManifest(folder, manifest)
  signal?.throwIfAborted()
  return manifest
}

/** @throws MODEL_OPTIONS where what else was chosen does not go with it */
const precisionOf = (options: BuildOptions): PrecisionName => {
  const { precision = 'fp32', attention, calibration, measured } = options
  const misuse = precisionMisuse({
    ...{ precision, attention },
    isCalibrated: calibration !== undefined,
    isMeasured: measured !== undefined,
  })
  if (misuse !== null) throw codedError('MODEL_OPTIONS', misuse)
  if (calibration?.length === 0 || measured?.length === 0)
    throw codedError(
      'MODEL_OPTIONS',
      'no image is given to calibrate or to measure drift with; one at least is needed.',
    )
  return precision
}

/** As they are to stand in the prompts; one empty name where they have no place there. */
const classNamesOf = ({ method, classNames }: BuildOptions): readonly string[] => {
  if (!METHODS[method].takesClassNames) {
    if (classNames !== undefined)
      throw codedError(
        'MODEL_OPTIONS',
        `class names are given, and ${method} takes none: its prompts say "object".`,
      )
    return ['']
  }
  return classNamesInPrompts(method, classNames ?? ['object'])
}
