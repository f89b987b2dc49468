import { cp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Deployment } from '../engine/index.ts'
import { codedError, messageOf } from '../errors/index.ts'
import type { CategoryMetrics } from '../evaluation/results/index.ts'
import { nullOr, objectOf, oneOf, text } from '../evaluation/results/read-json.ts'
import { type Recommendation, readRecommendation } from '../inspection/calibration/index.ts'
import { makeFolder } from '../models/make-folder.ts'
import { readManifest } from '../models/open.ts'
import { writeManifest } from '../models/write-manifest.ts'
import { outputOf } from './files.ts'
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

type Named = Pick<Compared, 'name' | 'version'>

/** What has to be known of an offer to put it into use; the rest is for people. */
export interface KeptOffer extends Pick<Offer, 'verdict' | 'threshold'> {
  readonly present: Named
  readonly candidate: Named
}

const readNamed = objectOf<Named>({ name: text, version: text })

const readKept = objectOf<KeptOffer>({
  verdict: oneOf('better', 'worse', 'undecided'),
  threshold: nullOr(readRecommendation),
  present: readNamed,
  candidate: readNamed,
})

/** null where there is none. @throws RETRAINING_OFFER */
const keptIn = async ({ offer }: Layout): Promise<KeptOffer | null> => {
  try {
    return readKept(JSON.parse(await readFile(offer, 'utf8')), '')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw codedError(
      'RETRAINING_OFFER',
      `${offer}, which says which new model is offered, cannot be used: ${messageOf(cause)}. Train again to have one offered anew.`,
      { cause },
    )
  }
}

/**
 * The new model that is offered in place of the one in use.
 * @param present folder of that one
 * @throws RETRAINING_OFFER where there is none, it was compared with another, or what was noted of it is damaged
 */
export const readOffer = async (layout: Layout, present: string): Promise<KeptOffer> => {
  const offer = await keptIn(layout)
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
export const nextName = async (modelsFolder: string, name: string): Promise<string> =>
  `${name}-${Math.max(0, ...(await numbersOf(modelsFolder, name))) + 1}`

const numbersOf = async (modelsFolder: string, name: string): Promise<number[]> =>
  (await readdir(modelsFolder).catch(() => [] as string[])).flatMap((entry) => {
    const [stem, number] = [entry.slice(0, name.length + 1), entry.slice(name.length + 1)]
    return stem === `${name}-` && /^\d+$/.test(number) ? [Number(number)] : []
  })

/**
 * Moves the offered model among the models of the user folder, where `use` puts it into use. Where that fails, it is offered as before; where
 * the process ends in between, the next attempt finds it.
 * @throws RETRAINING_OFFER where it is gone, RETRAINING_OUTPUT, and whatever `use` throws
 */
export const takeOffer = async (
  layout: Layout,
  { candidate, threshold }: Pick<KeptOffer, 'candidate' | 'threshold'>,
  modelsFolder: string,
  use: (deployment: Deployment) => Promise<unknown>,
): Promise<void> => {
  const name = await outputOf(join(modelsFolder, candidate.name), () =>
    putAmong(modelsFolder, layout.candidate, candidate),
  )
  try {
    // They hold for a model of that name.
    const own = threshold?.model ? { ...threshold, model: { ...threshold.model, name } } : threshold
    await use({ model: name, threshold: own })
  } catch (error) {
    // What it was refused for counts, and what is left there the next attempt finds.
    await moveFolder(join(modelsFolder, name), layout.candidate).catch(() => {})
    throw error
  }
  await rm(layout.offer, { force: true })
  // Still there where the same model was among the others before.
  await rm(layout.candidate, { recursive: true, force: true })
}

/** @returns the name that it has there: another one where its own was taken since it was built */
const putAmong = async (modelsFolder: string, folder: string, { name, version }: Named): Promise<string> => {
  const stem = name.replace(/-\d+$/, '')
  const isIt = async (place: string): Promise<boolean> => (await versionOf(place)) === version
  for (const number of await numbersOf(modelsFolder, stem))
    if (await isIt(join(modelsFolder, `${stem}-${number}`))) return `${stem}-${number}`
  if (!(await isIt(folder)))
    throw codedError(
      'RETRAINING_OFFER',
      `the offered model "${name}" is not in ${folder} any more. Train again.`,
    )
  const isTaken = await stat(join(modelsFolder, name)).then(
    () => true,
    () => false,
  )
  const free = isTaken ? await nextName(modelsFolder, stem) : name
  if (free !== name) await writeManifest(folder, { ...(await readManifest(folder)), name: free })
  await makeFolder(modelsFolder)
  await moveFolder(folder, join(modelsFolder, free))
  return free
}

/** null where there is no model. */
const versionOf = (folder: string): Promise<string | null> =>
  readManifest(folder).then(
    ({ version }) => version,
    () => null,
  )

/** Whole or not at all, on another disk too. */
const moveFolder = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    // A dot in front: whoever lists models passes it over.
    const coming = join(dirname(to), `.${basename(to)}.coming`)
    try {
      await rm(coming, { recursive: true, force: true })
      await cp(from, coming, { recursive: true })
      await rename(coming, to)
    } catch (cause) {
      await rm(coming, { recursive: true, force: true })
      throw cause
    }
    await rm(from, { recursive: true, force: true })
  }
}
