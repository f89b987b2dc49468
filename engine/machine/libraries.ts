import { dirname, join } from 'node:path'
import type { Machine } from './machine.ts'

/** A shared library that is there. */
export interface Library {
  /** As its file name has it: `10.3.0`, or as much of it as there is. */
  readonly version: string
  readonly path: string
  /** Whether the loader finds it for a process with this environment. */
  readonly isFound: boolean
}

/** Debian's name for the libraries of an architecture. */
const TRIPLES: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/** Where NVIDIA's packages, archives and JetPack put libraries that the loader does not look for by itself. */
const knownFolders = async ({ arch, list }: Machine): Promise<readonly string[]> => [
  // cuda, cuda-12, cuda-12.6: links and folders of each toolkit that is installed.
  ...(await list('/usr/local'))
    .filter((name) => name.startsWith('cuda'))
    .map((name) => `/usr/local/${name}/lib64`),
  `/usr/lib/${TRIPLES[arch]}`,
  `/usr/lib/${TRIPLES[arch]}/nvidia`,
  '/usr/lib64',
  '/opt/tensorrt/lib',
  '/usr/local/tensorrt/lib',
]

/** `	libnvinfer.so.10 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libnvinfer.so.10` */
const CACHED = /=>\s*(\S+)\s*$/

const inLoadersCache = async (machine: Machine): Promise<readonly string[]> => {
  // Not in the path of a user who is not root, on Debian.
  const ran = (await machine.run('/sbin/ldconfig', ['-p'])) ?? (await machine.run('ldconfig', ['-p']))
  return (ran?.stdout ?? '').split('\n').flatMap((line) => CACHED.exec(line)?.[1] ?? [])
}

/**
 * All versions of a library, those that the loader finds first, the newest first.
 * @param stem e.g. `libnvinfer`
 */
export const findLibraries = async (machine: Machine, stem: string): Promise<readonly Library[]> => {
  if (machine.platform !== 'linux') return []
  const named = new RegExp(`^${stem}\\.so\\.(\\d[\\d.]*)$`)
  const own = (machine.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '')
  const cached = await inLoadersCache(machine)
  const inFolders = async (folders: readonly string[]) => {
    const found = await Promise.all(
      folders.map(async (folder) => (await machine.list(folder)).map((name) => join(folder, name))),
    )
    return found.flat()
  }
  const isNamed = (path: string) => named.test(path.slice(dirname(path).length + 1))
  const found = new Set([...(await inFolders(own)), ...cached].filter(isNamed))
  const others = (await inFolders(await knownFolders(machine))).filter(isNamed)
  // libnvinfer.so.10 is a link to libnvinfer.so.10.3.0, which has the whole version in its name.
  const byFile = new Map<string, Library>()
  for (const path of [...found, ...others]) {
    const real = (await machine.realPath(path)) ?? path
    const version = [real, path].map((one) => named.exec(one.slice(dirname(one).length + 1))?.[1] ?? '')
    const longest = version.reduce((a, b) => (b.length > a.length ? b : a))
    const before = byFile.get(real)
    if (before === undefined || longest.length > before.version.length)
      byFile.set(real, { version: longest, path, isFound: found.has(path) || before?.isFound === true })
  }
  return [...byFile.values()].toSorted(
    (a, b) => Number(b.isFound) - Number(a.isFound) || compareVersions(b.version, a.version),
  )
}

/** Negative where `a` is the older one. @example compareVersions('10.3.0', '10.12') // negative */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let at = 0; at < Math.max(left!.length, right!.length); at++) {
    const difference = (left![at] ?? 0) - (right![at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
