import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildModel } from '../build.ts'
import type { ModelManifest } from '../manifest.ts'
import { thisPackage } from '../package.ts'

interface NanoConfig {
  readonly image_size: number
  /** As the reference counts: one more than the layers that run DPAM. */
  readonly dpam: number
  readonly features: readonly number[]
  readonly sigma: number
}

const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T

/** Builds the embedded model from its weights, through the same path as every other model. */
export const buildNano = async (output: string): Promise<ModelManifest> => {
  const folder = join(thisPackage.root, 'models', 'nano')
  const config = await readJson<NanoConfig>(join(folder, 'config.json'))
  const threshold = await readJson<{ score: number; pixel: number }>(join(folder, 'thresholds.json'))
  return buildModel({
    method: 'anomalyclip',
    name: 'nano',
    clip: join(folder, 'clip-nano.safetensors'),
    prompts: join(folder, 'prompts-nano.pth'),
    imageSize: config.image_size,
    dpamLayers: config.dpam - 1,
    features: config.features,
    sigma: config.sigma,
    licences: { clip: 'Apache-2.0', prompts: 'Apache-2.0' },
    suggestedThreshold: { score: threshold.score, pixel: threshold.pixel },
    output,
  })
}
