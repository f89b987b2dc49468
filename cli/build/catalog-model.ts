import { buildAnomalyClip } from '../../models/build.ts'
import type { CatalogModel, CatalogWeights } from '../../models/catalog.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { type ProgressDisplay, sizeInWords } from '../progress.ts'
import { checkWeights, fetchWeights, findWeights } from './weights.ts'

export interface CatalogBuildOptions {
  /** Folder with files that were downloaded by hand; without it they are fetched. */
  readonly from?: string | undefined
  /** Folder that downloads are kept in. */
  readonly cacheDir: string
  readonly output: string
  readonly name?: string | undefined
  readonly attention?: 'fused' | 'plain' | undefined
  readonly progress: ProgressDisplay
  readonly signal: AbortSignal
}

/** Gets a catalogue model's weights, checks them and builds the model with its published settings. */
export const buildCatalogModel = async (
  model: CatalogModel,
  { from, cacheDir, output, name, attention, progress, signal }: CatalogBuildOptions,
): Promise<ModelManifest> => {
  const { clip, prompts } = await (from === undefined
    ? fetched(model, cacheDir, progress, signal)
    : carried(model, from, progress))
  return buildAnomalyClip({
    clip,
    prompts,
    imageSize: model.imageSize,
    dpamLayers: model.dpamLayers,
    features: model.features,
    sigma: model.sigma,
    name: name ?? model.name,
    licences: { clip: model.clip.licence, prompts: model.prompts.licence },
    urls: { clip: model.clip.url, prompts: model.prompts.url },
    ...(attention === undefined ? {} : { attention }),
    output,
    signal,
    onProgress: (at) => showBuild(progress, at),
  })
}

interface WeightsPaths {
  readonly clip: string
  readonly prompts: string
}

const carried = async (
  model: CatalogModel,
  from: string,
  progress: ProgressDisplay,
): Promise<WeightsPaths> => {
  const [prompts, clip] = await findWeights([model.prompts, model.clip], from)
  const paths = { prompts: prompts!, clip: clip! }
  for (const role of ['prompts', 'clip'] as const) {
    progress.show(`checking ${model[role].title}`, null)
    await checkWeights(model[role], paths[role])
  }
  return paths
}

const fetched = async (
  model: CatalogModel,
  cacheDir: string,
  progress: ProgressDisplay,
  signal: AbortSignal,
): Promise<WeightsPaths> => {
  const fetchOne = (weights: CatalogWeights): Promise<string> => {
    const title = `fetching ${weights.title}`
    progress.show(title, null)
    return fetchWeights(weights, {
      cacheDir,
      signal,
      onProgress: ({ done, total }) =>
        progress.show(title, total === null ? null : done / total, sizeInWords(done, total)),
    })
  }
  // The small file first: if it cannot be had, nobody has waited for the large one in vain.
  const prompts = await fetchOne(model.prompts)
  return { prompts, clip: await fetchOne(model.clip) }
}

const STEPS = {
  reading: 'reading weights',
  weights: 'writing the graph',
  'self-test': 'running the self-test',
} as const

/** One step of `buildAnomalyClip`, as a person would put it. */
export const showBuild = (
  progress: ProgressDisplay,
  { step, share }: { step: keyof typeof STEPS; share: number },
) => progress.show(STEPS[step], step === 'weights' ? share : null)
