import { dirname, join } from 'node:path'
import {
  findLibraries,
  jetsonOf,
  kernelDriver,
  type Library,
  type Machine,
  nvidiaGpus,
} from '../../../engine/machine/index.ts'
import { oneLine } from '../../one-line.ts'
import { libraryFolder, libraryState } from '../onnxruntime.ts'
import type { Check, Examination, Patient } from '../types.ts'
import { checksOf } from './check.ts'

/** The kernel that Microsoft builds for Linux inside Windows says so. */
const isWsl = async (machine: Machine): Promise<boolean> =>
  /microsoft/i.test((await machine.read('/proc/sys/kernel/osrelease')) ?? '')

export const examineGpu: Examination = async ({ machine, device }) => {
  if (machine.platform !== 'linux' && machine.platform !== 'win32') return []
  const { ok, missing } = checksOf('gpu', 'NVIDIA GPU')
  const [gpus, driver, jetson] = await Promise.all([
    nvidiaGpus(machine),
    kernelDriver(machine),
    jetsonOf(machine),
  ])
  if (gpus.length > 0)
    return gpus.map(({ name, driver, computeCapability, memory }) =>
      ok(
        [
          name,
          `driver ${driver}`,
          ...(computeCapability === null ? [] : [`compute capability ${computeCapability}`]),
          ...(memory === null ? [] : [memory]),
        ].join(', '),
      ),
    )
  if (jetson !== null)
    return [ok(`the GPU of ${jetson.model}, compute capability ${jetson.computeCapability ?? 'unknown'}`)]
  if (device === 'cpu') return [ok('none was found. The device cpu needs none.')]
  return [
    driver === null
      ? missing(
          'no GPU and no driver of NVIDIA was found.',
          `${
            (await isWsl(machine))
              ? "This is WSL2, where the GPU comes with NVIDIA's driver for Windows: install that one, none in Linux, and run wsl --update in Windows"
              : "Install NVIDIA's driver (Ubuntu: sudo ubuntu-drivers install)"
          }; in Docker, start with --gpus all and the NVIDIA Container Toolkit.`,
        )
      : missing(
          `driver ${driver} is loaded, but nvidia-smi lists no GPU.`,
          'Run nvidia-smi and mend what it says; after an update of the driver, restart the machine.',
        ),
  ]
}

/** What the toolkit for GPUs consists of, by the library that shows its version. */
const PARTS = [
  { id: 'cuda', title: 'CUDA', stem: 'libcudart' },
  { id: 'cudnn', title: 'cuDNN', stem: 'libcudnn' },
  { id: 'tensorrt', title: 'TensorRT', stem: 'libnvinfer' },
] as const

/**
 * Releases that were seen to give wrong attention without an error: NVIDIA/TensorRT issues 4419 and 4723 (10.3, which JetPack 6 brings), 4742 (10.4),
 * 4333 and 4328 (10.7).
 */
const WRONG_ATTENTION = /^10\.(3|4|7)(\.|$)/

/** Versions of CUDA, cuDNN and TensorRT. What a device lacks is said by `examineLoader`, which asks the loader itself. */
export const examineToolkit: Examination = async ({ machine, device }) => {
  if (machine.platform !== 'linux') return []
  const found = await Promise.all(PARTS.map(({ stem }) => findLibraries(machine, stem)))
  return PARTS.map(({ id, title }, at): Check => {
    const { ok, warning } = checksOf(id, title)
    const [first] = found[at]!
    if (first === undefined) return ok(`${title} was not found on this machine`)
    const { version, path } = first
    if (id === 'tensorrt' && WRONG_ATTENTION.test(version) && device === 'tensorrt')
      return warning(
        `TensorRT ${version} (${path}), a release that gives wrong attention for some models without an error.`,
        'Install another release; until then the self-test at each load refuses a model that comes out wrong.',
      )
    return ok(`${title} ${version} (${path})`)
  })
}

/** `	libcublasLt.so.12 => not found` */
const NOT_FOUND = /^\s*(\S+) => not found/gm

/** `libc.so.6: version `GLIBC_2.34' not found (required by …)`: the library is there, and too old. */
const TOO_OLD = /version [`'"]([^`'"]+)[`'"] not found/g

/** What the loader says of one library, in this process's environment. */
interface Loading {
  /** Libraries that it needs and the loader does not find. */
  readonly absent: readonly string[]
  /** Versions of symbols that it needs and what is found does not have. */
  readonly tooOld: readonly string[]
  /** Why nothing is known; null where it is. */
  readonly unknown: string | null
}

const loadingOf = async (machine: Machine, file: string): Promise<Loading> => {
  const ran = await machine.run('ldd', [file])
  if (ran === null) return { absent: [], tooOld: [], unknown: 'there is no command ldd' }
  const { status, stdout, stderr } = ran
  const all = (pattern: RegExp) =>
    [...`${stdout}\n${stderr}`.matchAll(pattern)].map((match) => match[1] ?? '')
  const [absent, tooOld] = [all(NOT_FOUND), all(TOO_OLD)]
  const isTold = status === 0 || absent.length + tooOld.length > 0
  return {
    absent,
    tooOld,
    unknown: isTold ? null : `ldd failed: ${oneLine(stderr) || `status ${status}`}`,
  }
}

/** Asks the loader what it does not find for the device that is to be used: no list of versions can be as right. */
export const examineLoader: Examination = async (patient) => {
  const { machine, device, onnxruntime } = patient
  if (device === 'cpu' || machine.platform !== 'linux' || onnxruntime === null) return []
  const { ok, warning, missing } = checksOf('loader', 'GPU loader')
  const folder = libraryFolder(onnxruntime, machine)
  // TensorRT leaves what it cannot compute to CUDA.
  const files = ['cuda', ...(device === 'tensorrt' ? ['tensorrt'] : [])].map((name) =>
    join(folder, `libonnxruntime_providers_${name}.so`),
  )
  const states = await Promise.all(files.map((file) => libraryState(machine, file)))
  if (!states.every((state) => state === 'there')) return []
  const told = await Promise.all(files.map((file) => loadingOf(machine, file)))
  const names = [...new Set(told.flatMap(({ absent }) => absent))]
    // It lies beside them and is loaded first, by onnxruntime itself.
    .filter((name) => !name.startsWith('libonnxruntime'))
  const tooOld = [...new Set(told.flatMap((one) => one.tooOld))]
  const unknown = told.find((one) => one.unknown !== null)?.unknown
  if (names.length > 0)
    return [missing(`the loader does not find ${names.join(', ')}.`, await howToFind(patient, names))]
  if (tooOld.length > 0)
    return [
      missing(
        `the loader finds libraries that are too old: they lack ${tooOld.join(', ')}.`,
        'Where these begin with GLIBC or CXXABI, use a newer release of the system; else the version of CUDA, cuDNN or TensorRT that docs/gpu.md names.',
      ),
    ]
  if (unknown !== undefined)
    return [
      warning(
        `whether the loader finds every library is not known: ${unknown}.`,
        'Mend that (Debian: ldd is in libc-bin), or go by whether the device works, below.',
      ),
    ]
  return [ok('the loader finds every library that onnxruntime needs')]
}

const howToFind = async ({ machine, onnxruntime }: Patient, names: readonly string[]): Promise<string> => {
  const folders = await Promise.all(names.map((name) => folderOf(machine, name)))
  const lying = [...new Set(folders.filter((folder) => folder !== null))]
  const absent = names.filter((_, at) => folders[at] === null)
  return [
    ...(lying.length === 0
      ? []
      : [
          `Start Node-RED with LD_LIBRARY_PATH=${lying.join(':')}, or tell the loader: ` +
            `echo ${lying.join(' ')} | tr ' ' '\\n' | sudo tee /etc/ld.so.conf.d/nvidia-local.conf && sudo ldconfig`,
        ]),
    ...(absent.length === 0
      ? []
      : [`Install ${absent.map(partOf).join(', ')} for onnxruntime ${onnxruntime?.version} (docs/gpu.md).`]),
  ].join(' ')
}

/** Folder of a library of exactly this name, `libcublasLt.so.12`, that the loader does not look in. */
const folderOf = async (machine: Machine, name: string): Promise<string | null> => {
  const [stem, version = ''] = name.split('.so.')
  const libraries: readonly Library[] = await findLibraries(machine, stem ?? name)
  const found = libraries.find((one) => one.version === version || one.version.startsWith(`${version}.`))
  return found === undefined ? null : dirname(found.path)
}

const partOf = (name: string): string => {
  const [, version = ''] = name.split('.so.')
  if (name.startsWith('libnvinfer') || name.startsWith('libnvonnxparser'))
    return `TensorRT ${version} (${name})`
  if (name.startsWith('libcudnn')) return `cuDNN ${version} (${name})`
  return `CUDA ${/^\d+/.exec(version)?.[0] ?? ''} (${name})`
}
