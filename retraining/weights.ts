import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { codedError } from '../errors/index.ts'
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
 * The files that a model was built from: as given, or else where `anomalyclip build` keeps what it has fetched.
 * @throws RETRAINING_MODEL naming what is not there
 */
export const weightsFor = async (
  manifest: ModelManifest,
  given: Partial<WeightsPaths>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WeightsPaths> => ({
  clip: given.clip ?? (await sourceOf(manifest, 'clip', env)),
  prompts: given.prompts ?? (await sourceOf(manifest, 'prompts', env)),
})

const sourceOf = async (
  { name, sources }: ModelManifest,
  role: 'clip' | 'prompts',
  env: NodeJS.ProcessEnv,
): Promise<string> => {
  const source = sources.find((one) => one.role === role)
  const places = source === undefined ? [] : placesOf(source, env)
  for (const place of places)
    if ((await isFile(place)) && (await sha256Of(place)) === source?.sha256) return place
  const what = role === 'clip' ? 'CLIP weights' : 'prompts'
  throw codedError(
    'RETRAINING_MODEL',
    `the ${what} that the model "${name}" was built from (${source?.file ?? 'not known'}) are needed to train, and are not at ` +
      `${places.join(' or ')}; give their path in the node.`,
  )
}

const placesOf = ({ file }: ManifestSource, env: NodeJS.ProcessEnv): string[] => {
  const published = CATALOG.flatMap(weightsOf).map((weights) => weights.file)
  const found = published.filter((path) => path.split('/').at(-1) === file)
  return [
    ...[...new Set([...found, file])].map((path) => join(cacheHome(env), 'anomalyclip', path)),
    // Of nano in a checkout; in the published package they are in the model alone.
    join(thisPackage.root, 'models', 'nano', file),
  ]
}

/** As the command has it. */
const cacheHome = ({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string =>
  XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache')

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
