import { codedError, messageOf } from '../../errors/index.ts'
import { coreCount } from '../../models/cores.ts'
import { InferenceSession, listSupportedBackends } from '../../models/onnxruntime.ts'
import type { Device } from '../types.ts'

/** TensorRT leaves what it cannot compile to CUDA. Neither falls back to the CPU when it is missing: a load then fails. */
const PROVIDERS = {
  cpu: ['cpu'],
  cuda: ['cuda'],
  tensorrt: ['tensorrt', 'cuda'],
} satisfies Record<Device, string[]>

/**
 * Loads a graph on a device, with a thread a core unless `intraOpNumThreads` says otherwise.
 * @throws ENGINE_DEVICE when the device cannot be used, ENGINE_LOAD when the graph cannot
 */
export const openSession = async (
  file: string,
  device: Device,
  options: Omit<InferenceSession.SessionOptions, 'executionProviders'>,
): Promise<InferenceSession> => {
  checkOffered(device)
  return InferenceSession.create(file, {
    ...options,
    intraOpNumThreads: options.intraOpNumThreads || coreCount(),
    executionProviders: PROVIDERS[device],
  }).catch((cause: unknown) => {
    throw device === 'cpu' ? notLoaded(file, cause) : notUsable(device, cause)
  })
}

const checkOffered = (device: Device): void => {
  const offered = listSupportedBackends().some(({ name }) => name === device)
  if (!offered)
    throw codedError('ENGINE_DEVICE', `this build of onnxruntime has no "${device}"; ${whatIsOffered()}`)
}

const notLoaded = (file: string, cause: unknown) =>
  codedError('ENGINE_LOAD', `onnxruntime cannot load ${file}: ${messageOf(cause)}`, { cause })

const notUsable = (device: Device, cause: unknown) =>
  codedError('ENGINE_DEVICE', `"${device}" cannot be used: ${messageOf(cause)}; ${whatIsOffered()}`, {
    cause,
  })

/** `bundled` means that the libraries are in the package; the others must be installed beside it. */
const whatIsOffered = (): string => {
  const names = (bundled: boolean) =>
    listSupportedBackends()
      .filter((backend) => backend.bundled === bundled)
      .map(({ name }) => name)
      .join(', ')
  return `it offers ${names(true)}, and with separately installed libraries ${names(false) || 'nothing more'}`
}
