import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type ImageInput, inTurn } from '../engine/index.ts'
import { codedError } from '../errors/index.ts'
import { stemOf } from '../evaluation/datasets/files.ts'
import { makeFolder } from '../models/make-folder.ts'
import { UNFINISHED } from '../models/replace-file.ts'
import { outputOf, writeWhole } from './files.ts'
import {
  type Counts,
  countsOf,
  type GatheredImage,
  gatheredIn,
  HOLD_OUT_EVERY,
  JUDGEMENTS,
  type Judgement,
  MASKS,
} from './images.ts'
import type { Layout } from './layout.ts'
import { type Looking, openLooking } from './look.ts'
import type { LookedAt } from './look-at.ts'

/** Characters of the image's sha256 that its file is named by: the same image comes to the same place. */
const NAME_LENGTH = 16

export interface Judged {
  readonly image: ImageInput
  readonly judgement: Judgement
  /** What is bad about a bad one: whatever is not black, or of a JPEG or WebP brighter than half. */
  readonly mask: ImageInput | null
}

/** What became of it. */
export interface Filed {
  readonly file: string
  readonly judgement: Judgement
  /** Whether it is kept to compare with. It stays so, whatever it is judged later. */
  readonly heldOut: boolean
  /** Whether nobody had judged it before. */
  readonly isNew: boolean
  readonly training: Counts
  readonly heldOutImages: Counts
}

export interface Gathering {
  /**
   * Keeps an image as a file, whole or not at all. One that is there already is not kept twice; where it was judged otherwise, or had
   * another mask, the later word counts.
   * @throws IMAGE_…, DATASET_MASK_SIZE, DATASET_MASK_LABEL, RETRAINING_INPUT, RETRAINING_OUTPUT
   */
  add(judged: Judged): Promise<Filed>
  close(): void
}

export const openGathering = (layout: Layout): Gathering => {
  const takeTurn = turnsAt(layout.folder)
  const looking = openLooking()
  void takeTurn(() => clearUnfinished(layout))
  return {
    // What waits for its turn holds no more than it came with.
    add: (judged) => takeTurn(async () => keep(layout, await lookedAt(looking, judged))),
    close: looking.close,
  }
}

/** What a power cut has left of files that were just written: nobody takes them for images, and nobody else removes them. */
const clearUnfinished = async ({ images, heldOut }: Layout): Promise<void> => {
  const folders = [images, heldOut].flatMap((root) => [...JUDGEMENTS, MASKS].map((name) => join(root, name)))
  for (const folder of folders)
    for (const name of await readdir(folder).catch(() => [] as string[]))
      if (UNFINISHED.test(name)) await rm(join(folder, name), { force: true }).catch(() => {})
}

/** Several nodes may gather in one folder. */
const turnsAt = (folder: string): ReturnType<typeof inTurn> => {
  const turns = TURNS.get(folder) ?? inTurn()
  TURNS.set(folder, turns)
  return turns
}

const TURNS = new Map<string, ReturnType<typeof inTurn>>()

interface File {
  readonly bytes: Uint8Array
  readonly ending: string
}

interface Judgeable {
  readonly judgement: Judgement
  /** Of the image, and of its mask. */
  readonly stem: string
  readonly image: File
  readonly drawn: File | null
}

const lookedAt = async (looking: Looking, { image, judgement, mask }: Judged): Promise<Judgeable> => {
  if (mask !== null && judgement === 'good')
    throw codedError(
      'RETRAINING_INPUT',
      'a mask came with an image that is judged good, which has nothing to mark; judge it bad, or send no mask.',
    )
  const looked = await looking.look({ image, mask })
  return {
    judgement,
    stem: looked.image.sha256.slice(0, NAME_LENGTH),
    image: fileOf(image, looked.image),
    drawn: mask && looked.mask && fileOf(mask, looked.mask),
  }
}

/** The file that came; of raw pixels a PNG. */
const fileOf = (given: ImageInput, { ending, png }: LookedAt): File => ({
  ending,
  bytes: png ?? (given.data as Uint8Array),
})

const keep = async (layout: Layout, { judgement, stem, image, drawn }: Judgeable): Promise<Filed> => {
  const { training, heldOut } = await gatheredIn(layout)
  const known = [...training, ...heldOut].find((one) => stemOf(one.image) === stem)
  const isHeldOut = known ? heldOut.includes(known) : isNext(judgement, training, heldOut)
  const root = isHeldOut ? layout.heldOut : layout.images
  const file = join(root, judgement, known ? basename(known.image) : `${stem}.${image.ending}`)
  // The mask first: a bad image without one is taken for one that nobody has drawn on.
  if (drawn) await writeWhole(join(root, MASKS, `${stem}.${drawn.ending}`), drawn.bytes)
  if (!known) await writeWhole(file, image.bytes)
  else if (known.image !== file)
    await outputOf(file, async () => {
      await makeFolder(dirname(file))
      await rename(known.image, file)
    })
  const replaced = known?.mask
  if (replaced && (judgement === 'good' || (drawn && !replaced.endsWith(`.${drawn.ending}`))))
    await outputOf(replaced, () => rm(replaced))
  const now = await gatheredIn(layout)
  return {
    file,
    judgement,
    heldOut: isHeldOut,
    isNew: !known,
    training: countsOf(now.training),
    heldOutImages: countsOf(now.heldOut),
  }
}

const isNext = (
  judgement: Judgement,
  training: readonly GatheredImage[],
  heldOut: readonly GatheredImage[],
): boolean => {
  const ofKind = (images: readonly GatheredImage[]): number =>
    images.filter((image) => image.judgement === judgement).length
  const kept = ofKind(heldOut)
  return (kept + 1) * HOLD_OUT_EVERY <= ofKind(training) + kept + 1
}
