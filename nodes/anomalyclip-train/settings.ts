import { basename, isAbsolute, join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import {
  type NodeDef,
  readLine,
  readNumber,
  readTyped,
  requireVersion,
  type TypedProperty,
} from '../wiring/index.ts'

/** What the editor saves for `anomalyclip-train`. */
export interface TrainConfig extends NodeDef {
  version: number
  /** Id of an `anomalyclip-model` node. */
  model: string
  folder: string
  image: string
  imageType: string
  judgement: string
  judgementType: string
  mask: string
  maskType: string
  leastGood: string
  leastBad: string
  epochs: string
  clip: string
  prompts: string
}

export interface TrainSettings {
  /** Absolute. */
  readonly folder: string
  /** Of the models to come. */
  readonly name: string
  readonly image: TypedProperty
  readonly judgement: TypedProperty
  readonly mask: TypedProperty
  readonly least: { readonly good: number; readonly bad: number }
  readonly epochs: number
  readonly weights: { readonly clip?: string; readonly prompts?: string }
}

/** Of so many one is held out, and one is left to validate with. */
const LEAST = 5

/** @throws NODE_CONFIG */
export const readSettings = (config: TrainConfig, userDir: string): TrainSettings => {
  requireVersion(config, 1)
  const folder = readLine(config, 'folder', 'line')
  const name = basename(folder)
  // A dash in front would be an option to the command.
  if (!/^[^-.\\/][^\\/]*$/.test(name) || (folder !== name && !isAbsolute(folder)))
    throw codedError(
      'NODE_CONFIG',
      `"folder" is "${folder}", expected a name or an absolute path. Open the node and correct it.`,
    )
  return {
    folder: isAbsolute(folder) ? folder : join(userDir, 'anomalyclip', 'training', folder),
    name,
    image: readTyped(config, 'image', ['msg', 'flow', 'global'], 'payload'),
    judgement: readTyped(config, 'judgement', ['msg', 'str', 'flow', 'global'], 'judgement'),
    mask: readTyped(config, 'mask', ['msg', 'flow', 'global'], 'drawn'),
    least: { good: count(config, 'leastGood', 20), bad: count(config, 'leastBad', 10) },
    epochs: readNumber(config, 'epochs', { min: 1, max: 1000, integer: true, fallback: 15 }),
    weights: { ...path(config, 'clip'), ...path(config, 'prompts') },
  }
}

const count = (config: TrainConfig, field: string, fallback: number): number =>
  readNumber(config, field, { min: LEAST, max: 1_000_000, integer: true, fallback })

const path = (config: TrainConfig, field: 'clip' | 'prompts'): Record<string, string> => {
  const given = readLine(config, field)
  if (given !== '' && !isAbsolute(given))
    throw codedError(
      'NODE_CONFIG',
      `"${field}" is "${given}", expected the absolute path of a file, or nothing. Open the node and correct it.`,
    )
  return given === '' ? {} : { [field]: given }
}
