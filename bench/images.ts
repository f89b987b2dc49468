import { join, resolve } from 'node:path'
import sharp from 'sharp'

const sample = join(resolve(import.meta.dirname, '..'), 'models', 'nano', 'samples', 'wood-bad-thread.png')

/** What a camera sends. */
export interface CameraImage {
  readonly name: 'small' | 'large'
  readonly label: string
  readonly file: string
}

/** Writes the two images as JPEG: a small one, little more than the models take, and 12 megapixels in about 1 MB. */
export const writeCameraImages = async (
  folder: string,
): Promise<Record<CameraImage['name'], CameraImage>> => {
  const small = { name: 'small', label: '320 × 320, JPEG', file: join(folder, 'small.jpg') } as const
  const large = {
    name: 'large',
    label: '4000 × 3000, JPEG of 1 MB',
    file: join(folder, 'large.jpg'),
  } as const
  const part = () => sharp(sample).removeAlpha()
  await part().jpeg({ quality: 90 }).toFile(small.file)
  await part().resize(4000, 3000, { fit: 'fill', kernel: 'cubic' }).jpeg({ quality: 95 }).toFile(large.file)
  return { small, large }
}
