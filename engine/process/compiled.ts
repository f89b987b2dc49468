import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { ManifestEngine, ModelManifest } from '../../models/manifest.ts'
import { findLibraries, jetsonOf, type Machine, nvidiaGpus } from '../machine/index.ts'
import type { Device } from '../types.ts'

/**
 * Holds a compiled model to the device that it is to run on: TensorRT's engines are bound to its version and to the GPU that they were compiled on. What
 * this machine does not say is passed over; TensorRT then refuses by itself what it cannot take, and the self-test what comes out wrong.
 * @throws MODEL_GPU
 */
export const checkCompiled = async (
  { name, engine }: ModelManifest,
  device: Device,
  machine: Machine,
): Promise<void> => {
  if (engine === undefined) return
  if (device !== 'tensorrt')
    throw codedError(
      'MODEL_GPU',
      `"${name}" was compiled for TensorRT and cannot run on "${device}". Choose the device tensorrt, or the model ` +
        `"${engine.source.name}" that it was compiled from.`,
    )
  const version = await tensorrtVersion(machine)
  if (version !== null && engine.tensorrt !== null && !isSame(version, engine.tensorrt))
    throw mismatch(name, engine, `TensorRT ${engine.tensorrt}`, `TensorRT ${version}`)
  const here = await computeCapabilities(machine)
  if (here.length > 0 && engine.computeCapability !== null && !here.includes(engine.computeCapability))
    throw mismatch(
      name,
      engine,
      `a GPU of compute capability ${engine.computeCapability} (${engine.gpu})`,
      here.join(', '),
    )
}

/** What TensorRT says of an engine that it cannot take, with what to do; everything else as it was thrown. */
export const asCompiledError = ({ name, engine }: ModelManifest, thrown: unknown): unknown =>
  engine !== undefined &&
  isCodedError(thrown) &&
  /deserialize|EPContext|engine cache/i.test(messageOf(thrown))
    ? codedError(
        'MODEL_GPU',
        `the engine of "${name}" is not taken: ${messageOf(thrown)}. ${again(engine)}`,
        {
          cause: thrown,
        },
      )
    : thrown

const mismatch = (name: string, engine: ManifestEngine, wanted: string, found: string) =>
  codedError('MODEL_GPU', `"${name}" was compiled for ${wanted}, and here is ${found}. ${again(engine)}`)

const again = ({ source }: ManifestEngine): string =>
  `Compile it again on this machine: anomalyclip engine ${source.name}`

/** Of the library that the loader finds first. */
const tensorrtVersion = async (machine: Machine): Promise<string | null> => {
  const [first] = await findLibraries(machine, 'libnvinfer')
  return first?.isFound ? first.version : null
}

/** The library's file may have no more than the first part of the version in its name. */
const isSame = (found: string, built: string): boolean => {
  const [left, right] = [found.split('.'), built.split('.')]
  return left.slice(0, Math.min(left.length, right.length)).every((part, at) => part === right[at])
}

/** Of all GPUs: NVIDIA's tools and CUDA do not count them in the same order. */
const computeCapabilities = async (machine: Machine): Promise<readonly string[]> => {
  const listed = (await nvidiaGpus(machine)).map((gpu) => gpu.computeCapability)
  const jetson = listed.length === 0 || listed.includes(null) ? await jetsonOf(machine) : null
  return [...listed, jetson?.computeCapability ?? null].filter((one) => one !== null)
}
