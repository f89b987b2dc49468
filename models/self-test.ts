import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { codedError } from '../errors/index.ts'
import { type Graph, runGraph } from './graph/index.ts'
import type { ModelManifest } from './manifest.ts'
import { encodeNpy } from './npy.ts'
import { Tensor } from './onnxruntime.ts'

const IMAGE_FILE = 'selftest.png'
const MAP_FILE = 'selftest.map.npy'

/**
 * A woven surface with a scratch and a stain, interleaved RGB: enough structure that a wrong layout, precision or
 * operator shows in the map.
 */
const drawTestImage = (size: number): Uint8Array => {
  const rgb = new Uint8Array(size * size * 3)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [u, v] = [x / size, y / size]
      const weave = 24 * Math.sin(90 * u) * Math.sin(70 * v) + 12 * Math.sin(9 * u + 5 * v)
      const scratch = Math.abs(v - 0.25 - 0.4 * u) < 0.008 && u > 0.2 && u < 0.7 ? 90 : 0
      const stain = -70 * Math.exp(-((u - 0.72) ** 2 + (v - 0.7) ** 2) / 0.004)
      const level = 128 + weave + scratch + stain
      rgb.set(
        [level, 0.92 * level + 6, 0.8 * level + 14].map((value) =>
          Math.round(Math.min(Math.max(value, 0), 255)),
        ),
        (y * size + x) * 3,
      )
    }
  return rgb
}

/**
 * Runs the graph in fp32 on the CPU over a drawn image and writes both into the model folder: what every later load on
 * another device, precision or server is held to.
 * @param text [2, D], what the graph's input `text` is given; null where it has none
 * @throws WEIGHTS_DAMAGED where the result is not finite
 */
export const writeSelfTest = async (
  graph: Graph,
  imageSize: number,
  folder: string,
  { text, signal }: { readonly text: Float32Array | null; readonly signal?: AbortSignal },
): Promise<ModelManifest['selfTest']> => {
  const rgb = drawTestImage(imageSize)
  const feeds = {
    image: new Tensor('uint8', rgb, [1, imageSize, imageSize, 3]),
    ...(text === null ? {} : { text: new Tensor('float32', text, [2, text.length / 2]) }),
  }
  const { score, map } = await runGraph(
    graph,
    feeds,
    ['score', 'map'],
    signal === undefined ? {} : { signal },
  )
  const [promised] = score!.data as Float32Array
  if (!Number.isFinite(promised) || !(map!.data as Float32Array).every(Number.isFinite))
    throw codedError(
      'WEIGHTS_DAMAGED',
      'the model built from these weights gives no finite score and map: a weight is NaN, infinite or far too large. ' +
        'Fetch the files again; after a training of your own, take an earlier checkpoint.',
    )
  const raw = { width: imageSize, height: imageSize, channels: 3 } as const
  await sharp(rgb, { raw }).png().toFile(join(folder, IMAGE_FILE))
  await writeFile(join(folder, MAP_FILE), encodeNpy(map!.data as Float32Array, [imageSize, imageSize]))
  return { image: IMAGE_FILE, map: MAP_FILE, score: promised! }
}
