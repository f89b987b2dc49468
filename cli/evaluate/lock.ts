import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codedError, messageOf } from '../../errors/index.ts'

const LOCK = '.evaluating'

/** Turns at a lock that is not held any more; each that is lost, somebody else took it. */
const TURNS = 3

/**
 * Takes an output folder for one run: two would overwrite each other's results. The lock of a run that was killed is taken over.
 * @returns gives it back
 * @throws EVALUATION_BUSY where another run holds it, EVALUATION_OUTPUT
 */
export const lockOutput = async (folder: string): Promise<() => Promise<void>> => {
  const file = join(folder, LOCK)
  const own = `${process.pid} ${hostname()}\n`
  for (let turn = 1; turn <= TURNS; turn++) {
    if (await isTaken(file, own)) return () => rm(file, { force: true })
    const holder = await readFile(file, 'utf8').catch(() => null)
    if (holder !== null && !isDead(holder)) break
    if (holder !== null) await removeLock(file, holder)
  }
  throw codedError(
    'EVALUATION_BUSY',
    `another run writes to ${folder}; wait for it or choose another --output. If none does, remove ${file}.`,
  )
}

const isTaken = async (file: string, own: string): Promise<boolean> => {
  try {
    await writeFile(file, own, { flag: 'wx' })
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw codedError('EVALUATION_OUTPUT', `${file} could not be written: ${messageOf(cause)}.`, { cause })
  }
}

/** A process of another computer cannot be asked after, and counts as alive; so does a lock that is just being written. */
const isDead = (holder: string): boolean => {
  const [, pid, host] = /^(\d+) (.*)\n$/.exec(holder) ?? []
  if (pid === undefined || host !== hostname()) return false
  // In a container, each run may have the number that the killed one had.
  if (Number(pid) === process.pid) return true
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH'
  }
}

/** Aside first, and looked at again: meanwhile another run may have taken it over. */
const removeLock = async (file: string, holder: string): Promise<void> => {
  const aside = `${file}.${process.pid}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) !== holder) await rename(aside, file)
  else await rm(aside, { force: true })
}
