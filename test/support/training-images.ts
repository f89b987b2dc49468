import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { TrainingImage } from '../../training/index.ts'
import { type Random, randomFor } from '../../training/random.ts'

/** A drawn part: grey, with a texture of its kind, and where it is bad a spot on it. */
export interface DrawnPart {
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

/** @param texture which of four @param random decides everything else */
const drawPart = (side: number, isBad: boolean, texture: number, random: Random): DrawnPart => {
  const between = (low: number, high: number): number => low + random() * (high - low)
  const [light, contrast, pitch] = [between(90, 160), between(8, 30), between(side / 16, side / 6)]
  const [centreX, centreY] = [between(0.25, 0.75) * side, between(0.25, 0.75) * side]
  const [width, height] = [between(0.06, 0.16) * side, between(0.06, 0.16) * side]
  const shift = random() < 0.5 ? between(-80, -50) : between(50, 80)
  const data = new Uint8Array(3 * side * side)
  const mask = new Uint8Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const isSpot = isBad && ((x - centreX) / width) ** 2 + ((y - centreY) / height) ** 2 < 1
      const value = light + contrast * TEXTURES[texture]!(x, y, pitch) + between(-6, 6) + (isSpot ? shift : 0)
      mask[y * side + x] = Number(isSpot)
      data.fill(Math.min(255, Math.max(0, value)), 3 * (y * side + x), 3 * (y * side + x) + 3)
    }
  return { side, data, mask }
}

export interface DrawnImage extends TrainingImage {
  /** How often it was read. */
  reads: number
}

/** So many images, every second one bad, in memory. */
export const drawnImages = (
  count: number,
  side: number,
  { seed = 1, isDrawn = true }: { readonly seed?: number; readonly isDrawn?: boolean } = {},
): DrawnImage[] =>
  Array.from({ length: count }, (_, i) => {
    const isBad = i % 2 === 1
    const { data, mask } = drawPart(side, isBad, i % 3, randomFor(seed, 'part', i))
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
