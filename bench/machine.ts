import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, type as system, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

/** Extensions of x86-64 that onnxruntime's kernels choose by. */
const TELLING_FLAGS = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'avx512_bf16', 'amx_int8', 'amx_bf16']
const PACKAGES = ['onnxruntime-node', 'sharp', 'node-red', 'aedes']

/** What a figure depends on, and nothing that names the machine. */
export interface Machine {
  readonly cpu: string
  readonly cpuFlags: readonly string[]
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly node: string
  readonly packages: Readonly<Record<string, string>>
  /** Over the minute before the run: what else the machine had to do. */
  readonly loadBefore: number
}

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cpuFlags: cpuFlags(),
  cores: availableParallelism(),
  memoryGB: Math.round(totalmem() / 1e9),
  system: `${system()} ${arch()}`,
  node: process.versions.node,
  packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  loadBefore: Number(loadavg()[0]!.toFixed(2)),
})

const cpuFlags = (): string[] => {
  const flags = /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? []
  return TELLING_FLAGS.filter((flag) => flags.includes(flag))
}

const versionOf = (name: string): string => {
  const file = join(resolve(import.meta.dirname, '..'), 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
