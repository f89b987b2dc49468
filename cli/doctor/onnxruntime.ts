import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Machine } from '../../engine/machine/index.ts'
import type { Offered, OnnxruntimePackage } from './types.ts'

/** The onnxruntime-node that this package uses; found, not loaded: it may be what is broken. */
export const onnxruntimePackage = (): OnnxruntimePackage | null => {
  const require = createRequire(import.meta.url)
  try {
    const file = require.resolve('onnxruntime-node/package.json')
    const { version } = require(file) as { readonly version: string }
    return { folder: dirname(file), version }
  } catch {
    return null
  }
}

/** Prints what the build offers, from a process of its own: loading it may end the process. */
const LIST = (folder: string): string =>
  `process.env.ORT_DISABLE_TELEMETRY = '1'; ` +
  `process.stdout.write(JSON.stringify(require(${JSON.stringify(folder)}).listSupportedBackends()))`

/** Asks a build of onnxruntime-node what it was made for. */
export const offeredBy = async (machine: Machine, { folder }: OnnxruntimePackage): Promise<Offered> => {
  const ran = await machine.run(process.execPath, ['-e', LIST(folder)])
  try {
    const listed = JSON.parse(ran?.stdout ?? '') as readonly { readonly name: string }[]
    return { devices: listed.map(({ name }) => name), why: '' }
  } catch {
    const why = ran?.stderr.split('\n').find((line) => /error|cannot|not found/i.test(line))
    return { devices: null, why: why?.trim() ?? whatEnded(ran?.status ?? null) }
  }
}

const whatEnded = (status: number | null): string =>
  `the process that loads it ${status === null ? 'is ended by a signal' : `ends with status ${status}`}`

/** Folder of the libraries of a machine's system. */
export const libraryFolder = (
  { folder }: OnnxruntimePackage,
  { platform, arch }: Pick<Machine, 'platform' | 'arch'>,
): string => join(folder, 'bin', 'napi-v6', platform, arch)

/** The libraries that GPUs need and npm does not bring. */
export const PROVIDER_LIBRARIES = ['shared', 'cuda', 'tensorrt'].map(
  (name) => `libonnxruntime_providers_${name}.so`,
)

/** How a library of ELF format begins. Source: System V ABI, "ELF Identification". */
const ELF = Buffer.from('\x7fELF', 'latin1')

/** `placeholder`: the text file that our install has put in its place (tools/preinstall.mjs), or any other file that is no library. */
export type LibraryState = 'there' | 'placeholder' | 'absent'

export const libraryState = async (machine: Machine, file: string): Promise<LibraryState> => {
  const head = await machine.head(file, ELF.length)
  if (head === null) return 'absent'
  return ELF.equals(head) ? 'there' : 'placeholder'
}
