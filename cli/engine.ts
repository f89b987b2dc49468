import {
  type Device,
  type Engine,
  type EngineOptions,
  type ServerOptions,
  startEngine,
} from '../engine/index.ts'
import { oneOf, text } from './options.ts'

/** Of every command that runs a model. */
export const MODEL = text(
  'DIR',
  'folder of a built model, or the name of one that "models" lists\n(default: nano, the embedded model)',
)
export const DEVICE = oneOf(['cpu', 'cuda', 'tensorrt'], 'DEVICE', 'cpu, cuda or tensorrt (default: cpu)')

export interface FilesEngineOptions extends Pick<EngineOptions, 'model' | 'threads' | 'limits'> {
  readonly device: Device
  /** null = the device. */
  readonly server: ServerOptions | null
  /** Of all images that the command has under way at one time: none of them is to be dropped. */
  readonly bytesInFlight: number
  readonly signal: AbortSignal
}

/** Starts a model for work through files, in which every image counts; it ends with the signal. */
export const engineForFiles = ({
  bytesInFlight,
  signal,
  device,
  server,
  ...options
}: FilesEngineOptions): Engine => {
  const engine = startEngine({
    ...options,
    ...(server === null ? { device } : { server }),
    queue: { policy: 'reject', maxBytes: bytesInFlight },
    // On a CPU a batch takes as long as its images one after the other, and only keeps the first result back. Elsewhere larger batches are worth
    // more than the next one's being there already.
    ...(server === null && device === 'cpu' ? { batch: { maxImages: 1, ahead: 1 } } : {}),
    // The way to a server takes time in which it could work.
    ...(server === null ? {} : { batch: { ahead: 1 } }),
  })
  signal.addEventListener('abort', () => void engine.close())
  return engine
}
