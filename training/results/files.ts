import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { makeFolder } from '../../models/make-folder.ts'
import { replaceFile, UNFINISHED } from '../../models/replace-file.ts'
import { type TorchValue, writeTorch } from '../../models/weights/index.ts'
import { writing } from '../output.ts'
import { type EpochLosses, lossesCsv } from './losses.ts'
import { lossesPlot } from './losses-plot.ts'
import { readState, type TrainingState, writeState } from './state.ts'

/** What a training leaves in its output folder. */
const PROMPTS_FILE = 'prompts.pth'
const STATE_FILE = 'training.state'
const CHECKPOINTS_FOLDER = 'checkpoints'
/** Of images; where nobody chooses another place. */
export const FEATURES_FOLDER = 'features'

const checkpointFile = (output: string, epoch: number): string =>
  join(output, CHECKPOINTS_FOLDER, `epoch_${epoch}.pth`)

/**
 * Makes the folder, which no other run may write to, ready.
 * @returns where an earlier run stands that is to go on; null where a training begins
 * @throws TRAINING_EXISTS where one would be overwritten; TRAINING_STATE, TRAINING_OUTPUT
 */
export const startIn = async (output: string, isResumed: boolean): Promise<TrainingState | null> => {
  const before = await readState(join(output, STATE_FILE))
  const names = await readdir(output).catch((): string[] => [])
  if (before !== null && !isResumed)
    throw codedError(
      'TRAINING_EXISTS',
      `${output} holds a training of ${before.epochs.length} epochs: go on with it (--resume), or name another folder.`,
    )
  const taken = [PROMPTS_FILE, CHECKPOINTS_FOLDER].find((name) => names.includes(name))
  if (before === null && taken !== undefined && (await isTaken(join(output, taken))))
    throw codedError(
      'TRAINING_EXISTS',
      `${output} holds ${taken}, and no training that could go on: name another folder.`,
    )
  const checkpoints = join(output, CHECKPOINTS_FOLDER)
  await writing(output, () => makeFolder(checkpoints))
  for (const folder of [output, checkpoints]) await removeUnfinished(folder)
  return before
}

/** Of a run that was killed while it wrote. */
const removeUnfinished = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder))
    if (UNFINISHED.test(name)) await rm(join(folder, name), { force: true })
}

/** An empty folder of checkpoints was left by a run that was stopped before its first epoch. */
const isTaken = async (path: string): Promise<boolean> =>
  (await readdir(path).catch(() => ['a file'])).length > 0

/**
 * Puts a whole epoch on the disk: the checkpoint first, so that there is one for whatever the state says; the rest is made from the state.
 * @throws TRAINING_OUTPUT
 */
export const writeEpoch = async (
  output: string,
  state: TrainingState,
  checkpoint: TorchValue,
): Promise<void> => {
  const file = checkpointFile(output, state.epochs.length)
  await writing(file, () => writeTorch(file, checkpoint))
  await writeState(join(output, STATE_FILE), state)
}

/** The losses as a table and as a picture. @throws TRAINING_OUTPUT */
export const writeLosses = async (output: string, epochs: readonly EpochLosses[]): Promise<void> => {
  for (const [name, text] of [
    ['losses.csv', lossesCsv(epochs)],
    ['losses.svg', lossesPlot(epochs)],
  ] as const)
    await writing(join(output, name), () => replaceFile(join(output, name), Buffer.from(text)))
}

/** Makes the checkpoint of an epoch the result. @returns its file @throws TRAINING_OUTPUT */
export const writeResult = async (output: string, epoch: number): Promise<string> => {
  const file = join(output, PROMPTS_FILE)
  await writing(file, async () =>
    replaceFile(file, await readFile(checkpointFile(output, epoch)), { flush: true }),
  )
  return file
}
