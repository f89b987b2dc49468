import { codedError } from '../../errors/index.ts'
import type { TrainingSettings } from '../settings.ts'
import type { TrainingState } from './state.ts'

/** How many images an error names. */
const NAMED = 3

const otherError = (what: string) =>
  codedError(
    'TRAINING_RESUME',
    `this training cannot go on: ${what}. Give it what it began with, or begin another one in another folder, from its prompts with --init.`,
  )

/** @throws TRAINING_RESUME naming what is chosen otherwise than at the beginning */
export const checkSettings = ({ settings: before }: TrainingState, now: TrainingSettings): void => {
  const names = Object.keys(now) as (keyof TrainingSettings)[]
  const differences = names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))
    .map((name) => `${NAMES[name]} was ${shownOf(before[name])} and is now ${shownOf(now[name])}`)
  if (differences.length > 0) throw otherError(differences.join('; '))
}

/** @throws TRAINING_RESUME naming images that are new, gone or changed */
export const checkImages = ({ images: before }: TrainingState, now: TrainingState['images']): void => {
  const differences = [
    ['new', Object.keys(now).filter((name) => !(name in before))],
    ['gone or no longer readable', Object.keys(before).filter((name) => !(name in now))],
    [
      'changed, or their masks are',
      Object.keys(now).filter((name) => name in before && now[name] !== before[name]),
    ],
  ] as const
  const found = differences
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => {
      const more = names.length > NAMED ? `, … (${names.length} in all)` : ''
      return `images are ${what}: ${names.slice(0, NAMED).join(', ')}${more}`
    })
  if (found.length > 0) throw otherError(found.join('; '))
}

const NAMES: Readonly<Record<keyof TrainingSettings, string>> = {
  method: 'the method',
  imageSize: 'the image size',
  dpamLayers: 'the number of DPAM layers',
  features: 'the list of taps',
  activation: 'the activation',
  context: 'the context',
  depth: 'the depth',
  deepTokens: 'the number of deep tokens',
  batch: 'the batch',
  learningRate: 'the learning rate',
  seed: 'the seed',
  validation: 'the share of the validation',
  patience: 'the patience',
  augment: 'augmentation',
  device: 'the device',
  clip: 'the sha256 of the CLIP weights',
  init: 'the sha256 of the prompts to begin with',
}

const shownOf = (value: TrainingSettings[keyof TrainingSettings]): string =>
  value === null ? 'none' : Array.isArray(value) ? value.join(',') : String(value)
