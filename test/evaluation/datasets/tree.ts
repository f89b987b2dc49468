import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import sharp from 'sharp'
import type { Dataset } from '../../../evaluation/datasets/index.ts'
import { bmpFile } from '../../engine/image/bmp-file.ts'

export const WIDTH = 6
export const HEIGHT = 9

/** A file's text, or the pixels of an image (all black by default). */
export type Content = string | ((x: number, y: number) => number)

const made: string[] = []

/** Writes files below a new folder: text as it is, images of WIDTH × HEIGHT by the ending of their names. */
export const treeOf = async (files: Readonly<Record<string, Content>>): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'dataset-'))
  made.push(root)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), typeof content === 'string' ? content : await imageFile(name, content))
  }
  return root
}

/** Once a file's tests are done. */
export const removeTrees = async () => {
  for (const root of made.splice(0)) await rm(root, { recursive: true })
}

export const black: Content = () => 0
/** White below row 6: the lowest third. */
export const lowest: Content = (_, y) => (y >= 6 ? 255 : 0)

const imageFile = async (name: string, at: (x: number, y: number) => number): Promise<Uint8Array> => {
  const rows = Array.from({ length: HEIGHT }, (_, y) => Array.from({ length: WIDTH }, (_, x) => at(x, y)))
  const grey = Uint8Array.from(rows.flat())
  const picture = sharp(grey, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace('b-w')
  const ending = extname(name).toLowerCase()
  if (ending === '.bmp') return bmpOf(rows)
  if (ending === '.gif') return picture.gif().toBuffer()
  if (ending === '.tif') return picture.tiff({ compression: 'none' }).toBuffer()
  return ending === '.png' ? picture.png().toBuffer() : picture.jpeg().toBuffer()
}

const bmpOf = (rows: readonly (readonly number[])[]): Uint8Array =>
  bmpFile({
    width: WIDTH,
    height: -HEIGHT,
    bits: 24,
    rows: rows.map((row) => [...row.flatMap((value) => [value, value, value]), 0, 0]),
  })

/** What was listed, by paths from the root: `CATEGORY: IMAGE label MASK`. */
export const linesOf = (root: string, { categories }: Dataset): string[] => {
  const short = (path: string) => path.replace(`${root}/`, '')
  return categories.flatMap(({ name, samples }) =>
    samples.map(({ image, label, mask, crop }) => {
      const truth = mask === undefined ? '-' : mask.kind === 'file' ? short(mask.path) : mask.kind
      return `${name}: ${short(image)}${crop ? `#${crop.index}` : ''} ${label} ${truth}`
    }),
  )
}
