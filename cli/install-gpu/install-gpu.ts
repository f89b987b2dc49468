import { join } from 'node:path'
import type { Machine } from '../../engine/machine/index.ts'
import { libraryFolder, libraryState, PROVIDER_LIBRARIES } from '../doctor/onnxruntime.ts'
import type { OnnxruntimePackage } from '../doctor/types.ts'
import { fromNuget } from './from-nuget.ts'
import { fromPackage } from './from-package.ts'
import { installError } from './install-error.ts'

export interface InstallGpuOptions {
  readonly machine: Machine
  readonly onnxruntime: OnnxruntimePackage
  /** A .nupkg file that was carried here; without it the libraries are fetched. */
  readonly from?: string | undefined
  /** Also where they are there already. */
  readonly again: boolean
  /** What is being done, line by line. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Puts onnxruntime's libraries for NVIDIA's GPUs beside those for the CPU, which it leaves alone.
 * @returns false where they were there already
 * @throws CLI_INSTALL_GPU
 */
export const installGpuLibraries = async (options: InstallGpuOptions): Promise<boolean> => {
  const { machine, onnxruntime, from, again, say, signal } = options
  checkSystem(machine)
  const folder = libraryFolder(onnxruntime, machine)
  if (!again && (await missingIn(machine, folder)).length === 0) return false
  if (!(await machine.isWritable(folder)))
    throw installError(`${folder} cannot be written to. Run the command as the user that installed Node-RED.`)
  if (from === undefined) await fromNuget(onnxruntime, { env: machine.env, say, signal })
  else await fromPackage(from, { folder, version: onnxruntime.version, say, signal })
  const missing = await missingIn(machine, folder)
  if (missing.length > 0)
    throw installError(`${missing.join(', ')} in ${folder} is no library afterwards. Run the command again.`)
  return true
}

const missingIn = async (machine: Machine, folder: string): Promise<readonly string[]> => {
  const states = await Promise.all(
    PROVIDER_LIBRARIES.map((file) => libraryState(machine, join(folder, file))),
  )
  return PROVIDER_LIBRARIES.filter((_, at) => states[at] !== 'there')
}

const checkSystem = ({ platform, arch }: Machine): void => {
  if (platform === 'linux' && arch === 'x64') return
  throw installError(
    platform === 'linux' && arch === 'arm64'
      ? 'onnxruntime publishes no GPU libraries for arm64. On a Jetson, build them with tools/jetson/build-onnxruntime-node.sh, or use Triton (docs/jetson.md).'
      : `onnxruntime-node has GPU libraries of NVIDIA for Linux on x64 alone; this is ${platform}/${arch}.`,
  )
}
