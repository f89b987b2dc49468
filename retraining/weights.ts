import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../errors/index.ts'
import { cacheDir } from '../models/cache-dir.ts'
import { CATALOG, weightsOf } from '../models/catalog.ts'
import type { ManifestSource, ModelManifest } from '../models/manifest.ts'
import { thisPackage } from '../models/package.ts'
import { sha256Of } from '../models/sha256.ts'

export interface WeightsPaths {
  readonly clip: string
  /** Prompts that learning begins with. */
  readonly prompts: string
}

/**
 * The files that a model was built from: as given, or else beside the model, or where `anomalyclip build` keeps what it has fetched.
 * @param folder of the model
 * @throws RETRAINING_MODEL naming what is not there
 */
export const weightsFor = async (
  folder: string,
  manifest: ModelManifest,
  given: Partial<WeightsPaths>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WeightsPaths> => ({
  clip: given.clip ?? (await sourceOf(folder, manifest, 'clip', env)),
  prompts: given.prompts ?? (await sourceOf(folder, manifest, 'prompts', env)),
})

const sourceOf = async (
  folder: string,
  { name, sources }: ModelManifest,
  role: 'clip' | 'prompts',
  env: NodeJS.ProcessEnv,
): Promise<string> => {
  const source = sources.find((one) => one.role === role)
  const places = source === undefined ? [] : placesOf(folder, source, env)
  for (const place of places)
    if ((await isFile(place)) && (await sha256Of(place)) === source?.sha256) return place
  const what = role === 'clip' ? 'CLIP weights' : 'prompts'
  throw codedError(
    'RETRAINING_MODEL',
    `the ${what} that the model "${name}" was built from (${source?.file ?? 'not known'}) are needed to train, and are not at ` +
      `${places.join(' or ')}; give their path in the node.`,
  )
}

const placesOf = (folder: string, { file }: ManifestSource, env: NodeJS.ProcessEnv): string[] => {
  const published = CATALOG.flatMap(weightsOf).map((weights) => weights.file)
  const found = published.filter((path) => path.split('/').at(-1) === file)
  return [
    // Of a model that was learnt on a line.
    join(folder, file),
    ...[...new Set([...found, file])].map((path) => join(cacheDir(env), path)),
    // Of nano in a checkout; in the published package they are in the model alone.
    join(thisPackage.root, 'models', 'nano', file),
  ]
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
