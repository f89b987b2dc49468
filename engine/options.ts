import { codedError } from '../errors/index.ts'
import { LONGEST_DELAY_MS } from './clock.ts'
import { DROP_POLICIES } from './queue/index.ts'
import { checkServer, type ServerSettings, serverSettings } from './server-options.ts'
import type { Device, DropPolicy, EngineOptions, ImageLimits } from './types.ts'

const MiB = 1024 * 1024

/** Options with every default filled in. */
export interface Settings {
  readonly model: string
  readonly device: Device
  /** null = the device is one of this machine. */
  readonly server: ServerSettings | null
  readonly fallback: readonly Device[]
  readonly threads: number
  readonly queue: { readonly maxImages: number; readonly maxBytes: number; readonly policy: DropPolicy }
  readonly batch: {
    readonly maxImages: number
    readonly maxWaitMs: number
    readonly ahead: number | 'in-time'
  }
  readonly limits: Partial<ImageLimits>
  readonly jobTimeoutMs: number
  readonly startTimeoutMs: number
}

const DEVICES: readonly string[] = ['cpu', 'cuda', 'tensorrt'] satisfies Device[]

export const withDefaults = (options: EngineOptions): Settings => ({
  model: options.model,
  device: options.device ?? 'cpu',
  server: options.server === undefined ? null : serverSettings(options.server),
  fallback: options.fallback ?? [],
  threads: options.threads ?? 0,
  queue: {
    maxImages: options.queue?.maxImages ?? 16,
    maxBytes: options.queue?.maxBytes ?? 256 * MiB,
    policy: options.queue?.policy ?? 'drop-oldest',
  },
  batch: {
    maxImages: options.batch?.maxImages ?? 4,
    maxWaitMs: options.batch?.maxWaitMs ?? 0,
    ahead: options.batch?.ahead ?? 'in-time',
  },
  limits: options.limits ?? {},
  jobTimeoutMs: options.jobTimeoutMs ?? 300_000,
  // TensorRT compiles the graph when it loads it; minutes are normal there.
  startTimeoutMs: options.startTimeoutMs ?? 600_000,
})

/** A payload's length travels as a u32. */
const MAX_FRAME_BYTES = 2 ** 32 - 1

/** @throws ENGINE_OPTIONS naming the first option that is out of range */
export const checkSettings = (settings: Settings): void => {
  const { model, device, fallback, threads, queue, batch, jobTimeoutMs, startTimeoutMs } = settings
  expect('model', model, typeof model === 'string' && model !== '', 'the path of a model folder')
  expect('device', device, DEVICES.includes(device), `one of ${DEVICES.join(', ')}`)
  expect(
    'fallback',
    fallback,
    Array.isArray(fallback) && fallback.every((one) => DEVICES.includes(one)),
    `a list of ${DEVICES.join(', ')}`,
  )
  expectWhole('threads', threads, 0, 1024)
  expectWhole('queue.maxImages', queue.maxImages, 1, 1_000_000)
  expectWhole('queue.maxBytes', queue.maxBytes, 1, MAX_FRAME_BYTES)
  expect(
    'queue.policy',
    queue.policy,
    DROP_POLICIES.includes(queue.policy),
    `one of ${DROP_POLICIES.join(', ')}`,
  )
  expectWhole('batch.maxImages', batch.maxImages, 1, 1024)
  expectWhole('batch.maxWaitMs', batch.maxWaitMs, 0, LONGEST_DELAY_MS)
  if (batch.ahead !== 'in-time') expectWhole('batch.ahead', batch.ahead, 0, 16)
  if (settings.server !== null) checkServer(settings.server)
  expectWhole('jobTimeoutMs', jobTimeoutMs, 1, LONGEST_DELAY_MS)
  expectWhole('startTimeoutMs', startTimeoutMs, 1, LONGEST_DELAY_MS)
}

const expectWhole = (name: string, value: number, least: number, most: number): void =>
  expect(
    name,
    value,
    Number.isInteger(value) && value >= least && value <= most,
    `a whole number from ${least} to ${most}`,
  )

const expect = (name: string, found: unknown, isGood: boolean, expected: string): void => {
  if (!isGood) throw codedError('ENGINE_OPTIONS', `${name} is ${JSON.stringify(found)}, expected ${expected}`)
}
