import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { root } from '../../tools/tree.ts'

const NANO = join(root, 'models/nano')

interface Expected {
  readonly samples: readonly { readonly file: string; readonly score: number }[]
}

const { samples }: Expected = JSON.parse(readFileSync(join(NANO, 'expected.json'), 'utf8'))

/** Bytes of one of the nano model's sample images, a PNG of 320 × 320. */
export const sample = (file: string): Buffer => readFileSync(join(NANO, 'samples', file))

/** Score of a sample by the model's training framework. */
export const expectedScore = (file: string): number => {
  const found = samples.find((one) => one.file === file)
  if (found === undefined) throw new Error(`expected.json has no ${file}`)
  return found.score
}

/** An image that keeps its decoder busy for a while, a JPEG of 12 megapixels: what comes after it has to wait. */
export const largeImage = (): Promise<Buffer> =>
  sharp(sample('nut-good.png')).resize(4000, 3000, { fit: 'fill' }).jpeg({ quality: 60 }).toBuffer()
