import { type Device, type EngineOptions, modelFolder } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import { type NodeDef, readChoice, readNumber, requireVersion } from '../wiring/index.ts'
import { type ModelCredentials, readServer, type ServerConfig } from './server.ts'

/** What the editor saves for `anomalyclip-model`. */
export interface ModelConfig extends NodeDef, ServerConfig {
  version: number
  model: string
  device: string
  /** Missing in flows that were saved before it was there: the model then fails where the device cannot be used. */
  fallback?: string
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

/** What is tried after a device, in this order, where the flow's author has allowed it. */
const SLOWER = {
  cpu: [],
  cuda: ['cpu'],
  tensorrt: ['cuda', 'cpu'],
} satisfies Record<Device, Device[]>

/**
 * The engine that a saved configuration asks for.
 * @throws NODE_CONFIG, MODEL_REFERENCE
 */
export const readSettings = (
  config: ModelConfig,
  credentials: ModelCredentials,
  userDir: string,
): EngineOptions => {
  requireVersion(config, 1)
  if (typeof config.model !== 'string' || config.model === '')
    throw codedError('NODE_CONFIG', 'no model is chosen. Open the configuration and choose one.')
  const device = readChoice(config, 'device', ['cpu', 'cuda', 'tensorrt', 'kserve'], 'cpu')
  const fallback = readChoice(config, 'fallback', ['none', 'next'], 'none')
  const remote = device === 'kserve' ? readServer(config, credentials) : null
  return {
    model: modelFolder(config.model, userDir),
    ...(device === 'kserve' ? {} : { device, fallback: fallback === 'none' ? [] : SLOWER[device] }),
    ...(remote === null ? {} : { server: remote.server }),
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
      ...remote?.batch,
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
