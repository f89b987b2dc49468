import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codedError } from '../errors/index.ts'
import type { CategoryMetrics } from '../evaluation/results/index.ts'
import type { Recommendation } from '../inspection/calibration/index.ts'
import { readManifest } from '../models/open.ts'
import { outputOf, readJson } from './files.ts'
import type { Layout } from './layout.ts'
import type { Verdict } from './verdict.ts'

/** A model, and its figures on the held-out images; fractions of 1, null = cannot be computed. */
export interface Compared extends CategoryMetrics {
  readonly name: string
  readonly version: string
}

/** A new model that nobody has put into use yet. */
export interface Offer extends Verdict {
  readonly present: Compared
  readonly candidate: Compared
  readonly heldOut: { readonly good: number; readonly bad: number }
  /** For the new model, from its held-out good parts; null where they reach 1. */
  readonly threshold: Recommendation | null
  /** The page of the comparison. */
  readonly report: string
  /** Images that could not be used, one line each. */
  readonly problems: readonly string[]
}

/**
 * The new model that is offered in place of the one in use.
 * @param present folder of that one
 * @throws RETRAINING_OFFER where there is none, or it was compared with another
 */
export const readOffer = async (layout: Layout, present: string): Promise<Offer> => {
  const offer = await readJson<Offer>(layout.offer)
  if (offer === null)
    throw codedError(
      'RETRAINING_OFFER',
      'no new model is offered. Train one first; it is offered once it is compared.',
    )
  const { name, version } = await readManifest(present)
  if (version !== offer.present.version)
    throw codedError(
      'RETRAINING_OFFER',
      `the new model was compared with "${offer.present.name}", and "${name}" is in use; train again to compare it with that one.`,
    )
  return offer
}

/** Of a model that is put into use: the first number that is free. */
export const nextName = async (modelsFolder: string, name: string): Promise<string> => {
  const numbers = (await readdir(modelsFolder).catch(() => [] as string[])).flatMap((entry) => {
    const [stem, number] = [entry.slice(0, name.length + 1), entry.slice(name.length + 1)]
    return stem === `${name}-` && /^\d+$/.test(number) ? [Number(number)] : []
  })
  return `${name}-${Math.max(0, ...numbers) + 1}`
}

/**
 * Moves the offered model among the models of the user folder, where `use` puts it into use. Where that fails, it is offered as before.
 * @throws RETRAINING_OUTPUT, and whatever `use` throws
 */
export const takeOffer = async (
  layout: Layout,
  { candidate }: Offer,
  modelsFolder: string,
  use: (name: string) => Promise<unknown>,
): Promise<void> => {
  const place = join(modelsFolder, candidate.name)
  await outputOf(place, async () => {
    await mkdir(dirname(place), { recursive: true })
    await rename(layout.candidate, place)
  })
  try {
    await use(candidate.name)
  } catch (error) {
    await rename(place, layout.candidate)
    throw error
  }
  await rm(layout.offer, { force: true })
}
