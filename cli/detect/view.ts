import { readFile } from 'node:fs/promises'
import type { View } from '../../engine/types.ts'
import { readView, tilesOfText } from '../../engine/view/read.ts'
import { isCodedError } from '../../errors/index.ts'
import { oneOf, text, usageError } from '../options.ts'
import { unreadable } from './inputs.ts'

/** What of the images is inspected, and in which tiles. */
export const VIEW = {
  tiles: text(
    'TILES',
    'inspect each image in tiles: columns and rows as 3x2, or the side of a\ntile in pixels as 518; it takes the time of that many images',
  ),
  overlap: text(
    'LENGTH',
    'of neighbouring tiles, at least: pixels, or a share of a tile as 10%\n(default: 10%)',
  ),
  'tile-score': text(
    'RULE',
    "how an image's score is made of its tiles': max, mean, or top-K, the mean of\nthe K highest (default: max)",
  ),
  rotate: oneOf(['0', '90', '180', '270'], 'DEGREES', 'turn what the model sees clockwise: 90, 180 or 270'),
  region: text(
    'SHAPES',
    "inspect only these: rectangles x,y,width,height and polygons x1,y1,x2,y2,\nx3,y3,… in pixels or % of the image, apart by ';'",
  ),
  ignore: text('SHAPES', 'leave these out; as for --region'),
  'ignore-mask': text('FILE', "leave out what is not black in this PNG file, of the images' proportions"),
}

type Given = { readonly [K in keyof typeof VIEW]?: string }

/**
 * The view that was asked for; undefined where the images are inspected whole.
 * @throws CLI_USAGE for what cannot be meant, CLI_FILE_UNREADABLE for the mask
 */
export const givenView = async (
  { tiles, overlap, 'tile-score': score, rotate: rotation, region, ignore, 'ignore-mask': mask }: Given,
  path: (given: string) => string,
): Promise<View | undefined> => {
  if (tiles === undefined && (overlap ?? score) !== undefined)
    throw usageError('--overlap and --tile-score say something of tiles: give --tiles too.')
  const ignoreMask = mask === undefined ? undefined : await readMask(path(mask))
  try {
    const layout = tiles === undefined ? undefined : { ...tilesOfText(tiles), overlap }
    return readView({ tiles: layout, score, rotation, region, ignore, ignoreMask }) ?? undefined
  } catch (thrown) {
    if (!isCodedError(thrown, 'IMAGE_VIEW')) throw thrown
    throw usageError(thrown.message.slice('IMAGE_VIEW: '.length))
  }
}

const readMask = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((thrown: unknown) => {
    throw unreadable(file, thrown)
  })
