import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { ModelManifest } from './manifest.ts'
import { encodeNpy } from './npy.ts'
import type { Seen } from './precision/index.ts'
import { TEST_IMAGE } from './test-images.ts'

const IMAGE_FILE = 'selftest.png'
const MAP_FILE = 'selftest.map.npy'

/**
 * Writes the drawn image and what the fp32 graph says of it on the CPU into the model folder: what every later load on another device,
 * precision or server is held to.
 */
export const writeSelfTest = async (
  folder: string,
  imageSize: number,
  { score, map }: Seen,
): Promise<Pick<ModelManifest['selfTest'], 'image' | 'map' | 'score'>> => {
  const raw = { width: imageSize, height: imageSize, channels: 3 } as const
  await sharp(await TEST_IMAGE.pixels(imageSize), { raw })
    .png()
    .toFile(join(folder, IMAGE_FILE))
  await writeFile(join(folder, MAP_FILE), encodeNpy(map, [imageSize, imageSize]))
  return { image: IMAGE_FILE, map: MAP_FILE, score }
}
