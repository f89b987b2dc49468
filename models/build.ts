import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { codedError } from '../errors/index.ts'
import { type ClipDimensions, clipDimensions } from './clip/dimensions.ts'
import { type WrittenFile, writeGraph } from './graph/index.ts'
import type { Formulation } from './graph/ops/index.ts'
import { MANIFEST_FILE, MANIFEST_VERSION, type ManifestSource, type ModelManifest } from './manifest.ts'
import {
  type AnomalyClipSettings,
  anomalyClipGraph,
  readPrompts,
  textFeatures,
} from './methods/anomalyclip.ts'
import { makeWhole } from './output-folder.ts'
import { thisPackage } from './package.ts'
import { writeSelfTest } from './self-test.ts'
import { openWeights } from './weights/index.ts'

export interface BuildOptions {
  /** CLIP weights: safetensors, OpenAI's archive or a torch state dict. */
  readonly clip: string
  /** Learnt prompts in the published layout. */
  readonly prompts: string
  /** Side of the square that images are resized to. Default 518, as published. */
  readonly imageSize?: number
  /** Last vision layers with DPAM. Default 19, as published (the reference calls it `DPAM_layer=20`), at most all but one. */
  readonly dpamLayers?: number
  /** Taps, counted from 1. Default: the last layer. */
  readonly features?: readonly number[]
  /** Layers behind the output `patches`, counted from 1. Default: at a quarter, half and three quarters of the depth. */
  readonly memoryLayers?: readonly number[]
  /** Of the Gaussian over the map, in its pixels; 0 = none. Default 4. */
  readonly sigma?: number
  readonly attention?: Formulation
  /** Default: the name of the output folder. */
  readonly name?: string
  readonly licences?: { readonly clip?: string; readonly prompts?: string }
  /** Where the files were fetched from. */
  readonly urls?: { readonly clip?: string; readonly prompts?: string }
  readonly suggestedThreshold?: { readonly score: number; readonly pixel: number }
  /** Model folder; it appears whole or not at all, and replaces an earlier model there. */
  readonly output: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BuildProgress) => void
}

export interface BuildProgress {
  readonly step: 'reading' | 'weights' | 'self-test'
  /** 0..1 within the step. */
  readonly share: number
}

const optionError = (message: string) => codedError('MODEL_OPTIONS', message)

/** Layers in the order of the network, or an error that says which are there. */
const checkLayers = (option: string, wanted: readonly number[], layers: number): readonly number[] => {
  const wrong = wanted.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > layers)
  if (wrong !== undefined)
    throw optionError(`${option} names layer ${wrong}; this vision tower has layers 1 to ${layers}.`)
  if (new Set(wanted).size !== wanted.length)
    throw optionError(`${option} names a layer twice: ${wanted.join(',')}.`)
  return wanted.toSorted((a, b) => a - b)
}

const settingsOf = (options: BuildOptions, { vision }: ClipDimensions): AnomalyClipSettings => {
  const { layers, patch } = vision
  const { imageSize = 518, dpamLayers = Math.min(19, layers - 1), features = [layers], sigma = 4 } = options
  if (!Number.isInteger(imageSize) || imageSize < patch || imageSize > 4096)
    throw optionError(
      `the image size is ${imageSize}; expected a whole number from the patch size ${patch} to 4096.`,
    )
  if (!Number.isInteger(dpamLayers) || dpamLayers < 0 || dpamLayers > layers)
    throw optionError(`the number of DPAM layers is ${dpamLayers}; this vision tower has ${layers} layers.`)
  if (!(sigma >= 0) || sigma > imageSize)
    throw optionError(`sigma is ${sigma}; expected 0 (no smoothing) up to the image size ${imageSize}.`)
  if (features.length === 0)
    throw optionError('no feature layer is named; at least one tap is needed for a map.')
  const quarters = [1, 2, 3].map((quarter) => Math.round((quarter * layers) / 4)).filter((layer) => layer > 0)
  return {
    imageSize,
    dpamLayers,
    sigma,
    features: checkLayers('the list of feature layers', features, layers),
    memoryLayers: checkLayers(
      'the list of memory layers',
      options.memoryLayers ?? [...new Set(quarters)],
      layers,
    ),
    formulation: options.attention ?? 'fused',
  }
}

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

const sourceOf = async (role: ManifestSource['role'], options: BuildOptions): Promise<ManifestSource> => ({
  role,
  file: basename(options[role]),
  sha256: await sha256Of(options[role]),
  licence: options.licences?.[role] ?? null,
  url: options.urls?.[role] ?? null,
})

const versionOf = (files: Readonly<Record<string, WrittenFile>>): string => {
  const hash = createHash('sha256')
  for (const name of Object.keys(files).toSorted()) hash.update(`${name} ${files[name]!.sha256}\n`)
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
 * Compiles CLIP weights and learnt prompts into a model folder: one graph from pixels to map, its manifest and its
 * self-test.
 * @throws WEIGHTS_… where a file cannot be used, MODEL_OPTIONS where the options do not fit it, MODEL_OUTPUT
 */
export const buildAnomalyClip = async (options: BuildOptions): Promise<ModelManifest> => {
  const output = resolve(options.output)
  return makeWhole(output, (folder) => fillFolder(folder, { name: basename(output), ...options }))
}

const fillFolder = async (
  folder: string,
  options: BuildOptions & { readonly name: string },
): Promise<ModelManifest> => {
  const { name, signal, onProgress = () => undefined } = options
  onProgress({ step: 'reading', share: 0 })
  const clip = await openWeights(options.clip)
  const prompts = await openWeights(options.prompts).catch(async (error: unknown) => {
    await clip.close()
    throw error
  })
  try {
    const dimensions = clipDimensions(clip)
    const settings = settingsOf(options, dimensions)
    const text = await textFeatures(clip, dimensions, await readPrompts(prompts, dimensions))
    const graph = anomalyClipGraph(clip, dimensions, text, settings)
    const modelFiles = await writeGraph(graph, {
      folder,
      // Neither the model's name nor the builder's version goes in: the same model has the same bytes, and with them the
      // same version, under which thresholds keep their calibration.
      name: 'anomalyclip',
      producer: thisPackage.name,
      ...(signal === undefined ? {} : { signal }),
      onProgress: (written, total) => onProgress({ step: 'weights', share: written / total }),
    })
    onProgress({ step: 'self-test', share: 0 })
    const selfTest = await writeSelfTest(graph, settings.imageSize, folder, signal)
    const { formulation, ...inManifest } = settings
    const manifest: ModelManifest = {
      manifestVersion: MANIFEST_VERSION,
      name,
      method: 'anomalyclip',
      version: versionOf(modelFiles),
      builder: { name: thisPackage.name, version: thisPackage.version },
      patchSize: dimensions.vision.patch,
      grid: Math.floor(settings.imageSize / dimensions.vision.patch),
      ...inManifest,
      precision: 'fp32',
      attention: formulation,
      sources: [await sourceOf('clip', options), await sourceOf('prompts', options)],
      files: { ...modelFiles, ...(await fileFacts(folder, [selfTest.image, selfTest.map])) },
      suggestedThreshold: options.suggestedThreshold ?? null,
      selfTest,
    }
    await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
    signal?.throwIfAborted()
    return manifest
  } finally {
    await Promise.all([clip.close(), prompts.close()])
  }
}
