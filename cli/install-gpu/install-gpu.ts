import { mkdir, open, rename, rm } from 'node:fs/promises'
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
  // Beside their places, as a later check sees of a library only how it begins. An earlier one may have been killed.
  const staging = join(folder, '.install-gpu')
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging)
    const made =
      from === undefined
        ? libraryFolder(
            {
              ...onnxruntime,
              folder: await fromNuget(onnxruntime, { staging, env: machine.env, say, signal }),
            },
            machine,
          )
        : await fromPackage(from, { into: staging, version: onnxruntime.version, say, signal }).then(
            () => staging,
          )
    const missing = await missingIn(machine, made)
    if (missing.length > 0)
      throw installError(`${missing.join(', ')} came out as no library. Run the command again.`)
    for (const library of PROVIDER_LIBRARIES) await onDisk(join(made, library))
    signal.throwIfAborted()
    for (const library of PROVIDER_LIBRARIES) await rename(join(made, library), join(folder, library))
    return true
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** After a power cut a file may otherwise have its name, and half of its content. */
const onDisk = async (file: string): Promise<void> => {
  const opened = await open(file, 'r+')
  await opened.sync().finally(() => opened.close())
}

const missingIn = async (machine: Machine, folder: string): Promise<readonly string[]> => {
  const states = await Promise.all(
    PROVIDER_LIBRARIES.map((file) => libraryState(machine, join(folder, file))),
  )
  return PROVIDER_LIBRARIES.filter((_, at) => states[at] !== 'there')
}

const checkSystem = ({ platform, arch, glibc }: Machine): void => {
  if (platform === 'linux' && arch === 'x64') {
    if (glibc !== null) return
    throw installError(
      "this system's C library is musl (Alpine and its like), which onnxruntime's libraries do not load on. Use a system or image on a Debian base, such as node:24-bookworm-slim (docs/install.md).",
    )
  }
  throw installError(
    platform === 'linux' && arch === 'arm64'
      ? 'onnxruntime publishes no GPU libraries for arm64. On a Jetson, build them with tools/jetson/build-onnxruntime-node.sh, or use Triton (docs/jetson.md).'
      : `onnxruntime-node has GPU libraries of NVIDIA for Linux on x64 alone; this is ${platform}/${arch}.`,
  )
}
