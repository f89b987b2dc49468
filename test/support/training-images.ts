import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { TrainingImage } from '../../training/index.ts'
import { type Random, randomFor } from '../../training/random.ts'

/** A drawn part, grey, with a texture of its kind. */
interface DrawnPart {
  readonly side: number
  /** RGB, interleaved. */
  readonly data: Uint8Array
  /** 1 = bad. */
  readonly mask: Uint8Array
}

const TEXTURES: readonly ((x: number, y: number, pitch: number) => number)[] = [
  (x, _y, pitch) => Math.sin((2 * Math.PI * x) / pitch),
  (x, y, pitch) => Math.sin((2 * Math.PI * (x + y)) / pitch),
  (x, y, pitch) => Math.sin((2 * Math.PI * x) / pitch) * Math.sin((2 * Math.PI * y) / pitch),
  (x, y, pitch) => (Math.floor(x / pitch) + Math.floor(y / pitch)) % 2,
]

/**
 * A part has stains, which are allowed; a bad one has scratches as well.
 * @param texture which of four @param random decides everything else
 */
const drawPart = (side: number, isBad: boolean, texture: number, random: Random): DrawnPart => {
  const between = (low: number, high: number): number => low + random() * (high - low)
  const within = (): number => between(0.15, 0.85) * side
  const several = (least: number, most: number, draw: () => Area): Area[] =>
    Array.from({ length: Math.floor(between(least, most + 1)) }, draw)
  const [light, contrast, pitch] = [between(90, 160), between(8, 30), between(side / 16, side / 6)]
  const stains = several(3, 7, () =>
    ellipse(within(), within(), between(0.06, 0.13) * side, between(0.06, 0.13) * side, random()),
  )
  const scratches = several(1, 3, () =>
    ellipse(within(), within(), between(0.12, 0.3) * side, between(0.012, 0.025) * side, random()),
  )
  const [stainShift, scratchShift] = [0, 0].map(() => between(35, 75) * (random() < 0.5 ? -1 : 1))
  const data = new Uint8Array(3 * side * side)
  const mask = new Uint8Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const isScratch = isBad && scratches.some((scratch) => scratch(x, y))
      const isStain = stains.some((stain) => stain(x, y))
      const surface = contrast * TEXTURES[texture]!(x, y, pitch) + between(-10, 10)
      const value = light + surface + (isStain ? stainShift! : 0) + (isScratch ? scratchShift! : 0)
      mask[y * side + x] = Number(isScratch)
      data.fill(Math.min(255, Math.max(0, value)), 3 * (y * side + x), 3 * (y * side + x) + 3)
    }
  return { side, data, mask }
}

type Area = (x: number, y: number) => boolean

/** Whether a point lies in it; half axes, and its turn as a share of half a circle. */
const ellipse = (
  centreX: number,
  centreY: number,
  length: number,
  width: number = length,
  turn: number = 0,
): Area => {
  const [cosine, sine] = [Math.cos(Math.PI * turn), Math.sin(Math.PI * turn)]
  return (x, y) => {
    const [right, down] = [x - centreX, y - centreY]
    const [along, across] = [cosine * right + sine * down, cosine * down - sine * right]
    return (along / length) ** 2 + (across / width) ** 2 < 1
  }
}

export interface DrawnImage extends TrainingImage {
  /** How often it was read. */
  reads: number
}

/** So many images, every second one bad, in memory. */
export const drawnImages = (
  count: number,
  side: number,
  {
    seed = 1,
    isDrawn = true,
    textures = [0, 1, 2],
  }: { readonly seed?: number; readonly isDrawn?: boolean; readonly textures?: readonly number[] } = {},
): DrawnImage[] =>
  Array.from({ length: count }, (_, i) => {
    const isBad = i % 2 === 1
    const { data, mask } = drawPart(side, isBad, textures[i % textures.length]!, randomFor(seed, 'part', i))
    const image: DrawnImage = {
      name: `${isBad ? 'bad' : 'good'}/${i}.png`,
      label: isBad ? 1 : 0,
      className: i % 4 < 2 ? 'bottle' : 'metal nut',
      isDrawn: isBad && isDrawn,
      fingerprint: async () => `${seed} ${i} ${isDrawn}`,
      reads: 0,
      read: async (maskSide) => {
        image.reads++
        // The models of these tests take images of this very size.
        return {
          width: side,
          height: side,
          data,
          mask: maskSide === null || (isBad && !isDrawn) ? null : mask,
        }
      },
    }
    return image
  })

/** The same as files: `good/`, `bad/` and `masks/`. */
export const drawFolder = async (root: string, count: number, side: number, seed = 1): Promise<void> => {
  for (const folder of ['good', 'bad', 'masks']) await mkdir(join(root, folder), { recursive: true })
  for (let i = 0; i < count; i++) {
    const isBad = i % 2 === 1
    const { data, mask } = drawPart(side, isBad, i % 3, randomFor(seed, 'part', i))
    const name = `${String(i).padStart(3, '0')}.png`
    const png = (pixels: Uint8Array, channels: 1 | 3) =>
      sharp(pixels, { raw: { width: side, height: side, channels } })
        .png()
        .toBuffer()
    await writeFile(join(root, isBad ? 'bad' : 'good', name), await png(data, 3))
    if (isBad)
      await writeFile(
        join(root, 'masks', name),
        await png(
          mask.map((value) => 255 * value),
          1,
        ),
      )
  }
}
