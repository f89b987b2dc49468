import { type BuildOptions, buildModel } from '../../models/build.ts'
import { type CatalogModel, type CatalogWeights, weightsOf } from '../../models/catalog.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { type ProgressDisplay, sizeInWords } from '../progress.ts'
import { checkWeights, fetchWeights, findWeights } from './weights.ts'

/** A precision, and the images that it is balanced for and measured on. */
export type PrecisionOptions = Pick<BuildOptions, 'precision' | 'calibration' | 'measured'>

export interface CatalogBuildOptions {
  /** Folder with files that were downloaded by hand; without it they are fetched. */
  readonly from?: string | undefined
  /** Folder that downloads are kept in. */
  readonly cacheDir: string
  readonly output: string
  readonly name?: string | undefined
  /** Default: that of its authors. */
  readonly imageSize?: number | undefined
  readonly attention?: 'fused' | 'plain' | undefined
  readonly precision?: PrecisionOptions
  /** For methods that take them. */
  readonly classNames?: readonly string[] | undefined
  readonly progress: ProgressDisplay
  readonly signal: AbortSignal
}

/** Of a model that is built for images of that size: two sizes of one model are two models, in folders of their own. */
export const nameAt = (model: CatalogModel, imageSize: number): string =>
  imageSize === model.imageSize ? model.name : `${model.name}-${imageSize}px`

/** Gets a catalogue model's weights, checks them and builds the model with its published settings. */
export const buildCatalogModel = async (
  model: CatalogModel,
  options: CatalogBuildOptions,
): Promise<ModelManifest> => {
  const { from, cacheDir, output, attention, precision, classNames, progress, signal } = options
  const imageSize = options.imageSize ?? model.imageSize
  const files = weightsOf(model)
  const paths = await (from === undefined
    ? fetched(files, cacheDir, progress, signal)
    : carried(files, from, progress))
  const byRole = (textOf: (weights: CatalogWeights, index: number) => string) =>
    Object.fromEntries(files.map((weights, index) => [weights.role, textOf(weights, index)])) as {
      readonly clip: string
      readonly prompts?: string
      readonly linear?: string
    }
  const { method, dpamLayers, features, sigma } = model
  return buildModel({
    method,
    ...byRole((_, index) => paths[index]!),
    imageSize,
    sigma,
    ...(dpamLayers === undefined ? {} : { dpamLayers }),
    ...(features === undefined ? {} : { features }),
    ...(classNames === undefined ? {} : { classNames }),
    // Its layers were learnt behind a tower with GELU, which is the default only away from the tower's own size.
    ...(method === 'april-gan' ? { activation: 'gelu' } : {}),
    name: options.name ?? nameAt(model, imageSize),
    licences: byRole(({ licence }) => licence),
    urls: byRole(({ url }) => url),
    ...(attention === undefined ? {} : { attention }),
    ...precision,
    output,
    signal,
    onProgress: (at) => showBuild(progress, at),
  })
}

/** Paths in the order of the files. */
const carried = async (
  files: readonly CatalogWeights[],
  from: string,
  progress: ProgressDisplay,
): Promise<readonly string[]> => {
  const paths = await findWeights(files, from)
  for (const [index, weights] of files.entries()) {
    progress.show(`checking ${weights.title}`, null)
    await checkWeights(weights, paths[index]!)
  }
  return paths
}

/** Paths in the order of the files. */
const fetched = async (
  files: readonly CatalogWeights[],
  cacheDir: string,
  progress: ProgressDisplay,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const paths: string[] = []
  for (const weights of files) {
    const title = `fetching ${weights.title}`
    progress.show(title, null)
    paths.push(
      await fetchWeights(weights, {
        cacheDir,
        signal,
        onProgress: ({ done, total }) =>
          progress.show(title, total === null ? null : done / total, sizeInWords(done, total)),
      }),
    )
  }
  return paths
}

const STEPS = {
  reading: 'reading weights',
  'self-test': 'running the self-test',
  drift: 'comparing with fp32',
  weights: 'writing the graph',
} as const

/** One step of `buildModel`, as a person would put it. */
export const showBuild = (
  progress: ProgressDisplay,
  { step, share }: { step: keyof typeof STEPS; share: number },
) => progress.show(STEPS[step], step === 'weights' || step === 'drift' ? share : null)
