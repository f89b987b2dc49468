import { type EngineOptions, modelFolder } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import { type NodeDef, readChoice, readNumber, requireVersion } from '../wiring/index.ts'

/** What the editor saves for `anomalyclip-model`. */
export interface ModelConfig extends NodeDef {
  version: number
  model: string
  device: string
  threads: string
  queueImages: string
  queueMegabytes: string
  dropPolicy: string
  batchImages: string
  batchWaitMs: string
  maxMegabytes: string
  maxMegapixels: string
  jobTimeoutS: string
}

const MiB = 1024 * 1024

/**
 * The engine that a saved configuration asks for.
 * @throws NODE_CONFIG, MODEL_REFERENCE
 */
export const readSettings = (config: ModelConfig, userDir: string): EngineOptions => {
  requireVersion(config, 1)
  if (typeof config.model !== 'string' || config.model === '')
    throw codedError('NODE_CONFIG', 'no model is chosen. Open the configuration and choose one.')
  return {
    model: modelFolder(config.model, userDir),
    device: readChoice(config, 'device', ['cpu', 'cuda', 'tensorrt'], 'cpu'),
    threads: readNumber(config, 'threads', { min: 0, max: 1024, integer: true, fallback: 0 }),
    queue: {
      maxImages: readNumber(config, 'queueImages', { min: 1, max: 1_000_000, integer: true, fallback: 16 }),
      maxBytes: Math.floor(readNumber(config, 'queueMegabytes', { min: 1, max: 4095, fallback: 256 }) * MiB),
      policy: readChoice(
        config,
        'dropPolicy',
        ['drop-oldest', 'latest-only', 'drop-newest', 'reject'],
        'drop-oldest',
      ),
    },
    batch: {
      maxImages: readNumber(config, 'batchImages', { min: 1, max: 1024, integer: true, fallback: 4 }),
      maxWaitMs: readNumber(config, 'batchWaitMs', { min: 0, max: 60_000, integer: true, fallback: 0 }),
    },
    limits: {
      maxBytes: Math.floor(readNumber(config, 'maxMegabytes', { min: 0.1, max: 4095, fallback: 32 }) * MiB),
      maxPixels: Math.floor(readNumber(config, 'maxMegapixels', { min: 0.1, max: 1000, fallback: 50 }) * 1e6),
    },
    jobTimeoutMs: Math.round(
      readNumber(config, 'jobTimeoutS', { min: 1, max: 86_400, fallback: 300 }) * 1000,
    ),
  }
}
