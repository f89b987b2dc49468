import { readFile } from 'node:fs/promises'
import { codedError, messageOf } from '../../errors/index.ts'
import { replaceFile } from '../../models/replace-file.ts'
import type { Learnt } from '../learnt.ts'
import { writing } from '../output.ts'
import { decodeRecord, encodeRecord } from '../record.ts'
import type { TrainingSettings } from '../settings.ts'
import type { EpochLosses } from './losses.ts'

/** Where a training stands after a whole epoch: all that the next one needs. */
export interface TrainingState {
  readonly settings: TrainingSettings
  /** Images that are trained on or validated with, by name: what tells whether one has changed. */
  readonly images: Readonly<Record<string, string>>
  readonly epochs: readonly EpochLosses[]
  /** Of the optimiser. */
  readonly steps: number
  readonly learnt: Learnt
}

const FORMAT = 'anomalyclip-training'
const VERSION = 1

/** Names of the arrays; a moment's number comes first. */
const VALUE = 'value '
const momentName = (index: number, name: string): string => `${index} ${name}`

/** As one file, which is there whole or not at all. @throws TRAINING_OUTPUT */
export const writeState = async (file: string, { learnt, ...facts }: TrainingState): Promise<void> => {
  const arrays = new Map(
    [...learnt].flatMap(([name, { value, moments }]) => [
      [`${VALUE}${name}`, value] as const,
      ...moments.map((moment, i) => [momentName(i, name), moment] as const),
    ]),
  )
  const pieces = encodeRecord({ facts: { format: FORMAT, version: VERSION, ...facts }, arrays })
  await writing(file, () => replaceFile(file, pieces, { flush: true }))
}

/** @returns null where there is none @throws TRAINING_STATE where it cannot be read, is damaged or of another version */
export const readState = async (file: string): Promise<TrainingState | null> => {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    // Whoever writes there will say that a file stands where a folder should.
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null
    throw codedError('TRAINING_STATE', `${file} cannot be read: ${messageOf(cause)}.`, { cause })
  })
  if (bytes === null) return null
  const record = decodeRecord(bytes)
  const facts = record?.facts as
    | (Omit<TrainingState, 'learnt'> & { format: string; version: number })
    | undefined
  if (record === null || facts?.format !== FORMAT || facts.version !== VERSION)
    throw codedError(
      'TRAINING_STATE',
      `${file} is damaged or of another version (${facts?.version ?? 'unknown'}), so that nothing can go on from it. The checkpoints beside it are whole: ` +
        'begin anew from one of them, in another folder, with --init.',
    )
  const { settings, images, epochs, steps } = facts
  const names = [...record.arrays.keys()]
    .filter((name) => name.startsWith(VALUE))
    .map((name) => name.slice(VALUE.length))
  const array = (name: string) => record.arrays.get(name) as Float32Array | undefined
  const momentsOf = (name: string): Float32Array[] => [0, 1].flatMap((i) => array(momentName(i, name)) ?? [])
  const learnt: Learnt = new Map(
    names.map((name) => [name, { value: array(`${VALUE}${name}`)!, moments: momentsOf(name) }]),
  )
  return { settings, images, epochs, steps, learnt }
}
