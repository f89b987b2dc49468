import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, open, readdir, readFile, realpath, stat, statfs } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { coreCount } from '../../models/cores.ts'
import type { Machine, Ran } from './machine.ts'

/** Longer takes nothing that is asked; a driver that hangs must not hang whoever asks. */
const MAX_RUN_MS = 60_000

/** No limit is told as a number beyond what any machine has (cgroup v1), or as 0. */
const limitOf = (constrained: number): number | null =>
  constrained > 0 && constrained < totalmem() ? constrained : null

/** A report lists glibc's version where node was linked against glibc. */
const glibcVersion = (): string | null => {
  // Otherwise it asks for the names of all network addresses, which may take long.
  Object.assign(process.report, { excludeNetwork: true })
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime ?? null
}

const orNull = <T>(promise: Promise<T>): Promise<T | null> => promise.catch(() => null)

const head = async (path: string, bytes: number): Promise<Uint8Array> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The folder, or the first one above it that is there. */
const nearest = async (folder: string): Promise<string> => {
  const above = dirname(folder)
  return above === folder || (await orNull(stat(folder))) !== null ? folder : nearest(above)
}

const run = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran | null> =>
  new Promise((resolve) => {
    const options = {
      env: { ...process.env, ...env },
      timeout: MAX_RUN_MS,
      maxBuffer: 16 * 1024 * 1024,
      windowsHide: true,
    }
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr })
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(null)
      else resolve({ status: typeof error.code === 'number' ? error.code : null, stdout, stderr })
    })
  })

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  glibc: glibcVersion(),
  nodeVersion: process.versions.node,
  cpu: {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    cores: coreCount() || null,
    threads: availableParallelism(),
  },
  memory: {
    total: totalmem(),
    available: process.availableMemory(),
    limit: limitOf(process.constrainedMemory()),
  },
  env: process.env,
  read: (path) => orNull(readFile(path, 'utf8')),
  head: (path, bytes) => orNull(head(path, bytes)),
  list: async (folder) => (await orNull(readdir(folder))) ?? [],
  realPath: (path) => orNull(realpath(path)),
  isWritable: async (folder) =>
    access(await nearest(folder), constants.W_OK).then(
      () => true,
      () => false,
    ),
  freeSpace: async (folder) => {
    const found = await orNull(statfs(await nearest(folder)))
    return found === null ? null : found.bavail * found.bsize
  },
  run,
})
