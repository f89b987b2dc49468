import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { readJson, writeJson, writeWhole } from './files.ts'
import type { Layout } from './layout.ts'

/** `run.json`: the training that is under way, or was the last one. */
interface Run {
  readonly version: 1
  /** Of all that its result depends on: a training goes on only with the same. */
  readonly key: string
  /** Nobody has ended it, and it has not failed: where Node-RED ends under it, it goes on with the next start. */
  readonly isWanted: boolean
  /** After ends of Node-RED that nobody meant, in a row. */
  readonly restarts: number
}

/** A training under which the box goes down each time must not take it down for ever. */
const MOST_RESTARTS = 3

const readRun = async ({ run }: Layout): Promise<Run | null> => {
  const found = await readJson<Run>(run)
  return found?.version === 1 ? found : null
}

/**
 * Whether a training was interrupted by the end of Node-RED or a deploy, and is to go on: `wait` after too many times in a row, for
 * somebody to ask for it.
 */
export const interruptionOf = async (layout: Layout): Promise<'none' | 'go on' | 'wait'> => {
  const run = await readRun(layout)
  if (run?.isWanted !== true) return 'none'
  return run.restarts < MOST_RESTARTS ? 'go on' : 'wait'
}

/**
 * Notes that a training begins.
 * @param args of the training @param list its images
 * @returns whether an earlier run with the very same can go on
 */
export const beginRun = async (
  layout: Layout,
  {
    args,
    list,
    isAsked,
  }: { readonly args: readonly string[]; readonly list: string; readonly isAsked: boolean },
): Promise<boolean> => {
  const before = await readRun(layout)
  const key = createHash('sha256')
    .update(JSON.stringify([args, list]))
    .digest('hex')
  await writeWhole(layout.trainingList, list)
  const restarts = isAsked ? 0 : (before?.restarts ?? 0) + 1
  await writeJson(layout.run, { version: 1, key, isWanted: true, restarts } satisfies Run)
  return before?.key === key
}

/** Notes that it is to go on, and did not take the box down: Node-RED ends it in peace, as each deploy does. */
export const pauseRun = async (layout: Layout): Promise<void> => {
  const run = await readRun(layout)
  if (run?.isWanted) await writeJson(layout.run, { ...run, restarts: 0 } satisfies Run)
}

/** Notes that it is not to go on by itself. */
export const endRun = async (layout: Layout): Promise<void> => {
  const run = await readRun(layout)
  if (run !== null) await writeJson(layout.run, { ...run, isWanted: false } satisfies Run)
}

/** The images of an interrupted training; null where it is not known any more. */
export const listOfRun = ({ trainingList }: Layout): Promise<string | null> =>
  readFile(trainingList, 'utf8').catch(() => null)

/** What an earlier training has left, but for the features of images. */
export const clearRun = async ({ trained }: Layout): Promise<void> => {
  await rm(trained, { recursive: true, force: true })
}
