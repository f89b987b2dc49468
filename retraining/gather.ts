import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import sharp from 'sharp'
import { type DecodedImage, decodeImage } from '../engine/image/decode.ts'
import { DEFAULT_LIMITS } from '../engine/image/limits.ts'
import { type ImageInput, inTurn } from '../engine/index.ts'
import { codedError } from '../errors/index.ts'
import { stemOf } from '../evaluation/datasets/files.ts'
import { makeFolder } from '../models/make-folder.ts'
import { outputOf, writeWhole } from './files.ts'
import { type Counts, countsOf, type GatheredImage, gatheredIn, type Judgement, MASKS } from './images.ts'
import type { Layout } from './layout.ts'

/** Of each kind, every fifth image is held out: enough to compare with, and four times as many to learn from. */
const HOLD_OUT_EVERY = 5

/** Characters of the image's sha256 that its file is named by: the same image comes to the same place. */
const NAME_LENGTH = 16

export interface Judged {
  readonly image: ImageInput
  readonly judgement: Judgement
  /** What is bad about a bad one: whatever is not black. */
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
}

export const openGathering = (layout: Layout): Gathering => {
  const takeTurn = inTurn()
  return {
    add: async ({ image, judgement, mask }) => {
      const file = await fileOf(image)
      const drawn = mask === null ? null : await maskFor(file.decoded, judgement, mask)
      return takeTurn(() => keep(layout, { ...file, judgement, drawn }))
    },
  }
}

interface File {
  readonly decoded: DecodedImage
  readonly bytes: Uint8Array
  readonly ending: string
}

/** The file that came, once it is known that it can be decoded; of raw pixels a PNG. */
const fileOf = async (image: ImageInput): Promise<File> => {
  const decoded = await decodeImage(image, DEFAULT_LIMITS)
  if (image.kind === 'encoded') return { decoded, bytes: image.data, ending: decoded.format }
  const { width, height, rgb } = decoded
  const bytes = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
  return { decoded, bytes, ending: 'png' }
}

const maskFor = async (image: DecodedImage, judgement: Judgement, mask: ImageInput): Promise<File> => {
  if (judgement === 'good')
    throw codedError(
      'RETRAINING_INPUT',
      'a mask came with an image that is judged good, which has nothing to mark; judge it bad, or send no mask.',
    )
  const drawn = await fileOf(mask)
  const sizeOf = ({ width, height }: DecodedImage): string => `${width} × ${height}`
  if (sizeOf(drawn.decoded) !== sizeOf(image))
    throw codedError(
      'DATASET_MASK_SIZE',
      `the mask has ${sizeOf(drawn.decoded)} pixels and its image ${sizeOf(image)}; draw it at the size of the image.`,
    )
  if (drawn.decoded.rgb.every((value) => value === 0))
    throw codedError(
      'DATASET_MASK_LABEL',
      'the mask is black all over; whatever is bad has to be drawn in white. Send no mask where nobody has drawn one.',
    )
  return drawn
}

const keep = async (
  layout: Layout,
  { decoded, bytes, ending, judgement, drawn }: File & { judgement: Judgement; drawn: File | null },
): Promise<Filed> => {
  const stem = decoded.sha256.slice(0, NAME_LENGTH)
  const { training, heldOut } = await gatheredIn(layout)
  const isOf = ({ image }: GatheredImage): boolean => stemOf(image) === stem
  const known = [...training, ...heldOut].find(isOf)
  const isHeldOut = known ? heldOut.includes(known) : isNext(judgement, training, heldOut)
  const root = isHeldOut ? layout.heldOut : layout.images
  const file = join(root, judgement, known ? basename(known.image) : `${stem}.${ending}`)
  // The mask first: a bad image without one is taken for one that nobody has drawn on.
  if (drawn) await writeWhole(join(root, MASKS, `${stem}.${drawn.ending}`), drawn.bytes)
  if (!known) await writeWhole(file, bytes)
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
