import type { AnomalyMap, Mask, Size } from '../../inspection/types.ts'
import { seeded } from './random.ts'

/** A mask drawn with characters, a row a line: "#" is set. */
export const drawn = (...lines: string[]): Mask => ({
  width: lines[0]!.length,
  height: lines.length,
  data: Uint8Array.from(lines.join(''), (character) => (character === '#' ? 1 : 0)),
})

/** A map that is 0.75 where a mask is set and 0.25 elsewhere. */
export const mapLike = ({ width, height, data }: Mask): AnomalyMap => ({
  width,
  height,
  data: Float32Array.from(data, (value) => (value === 1 ? 0.75 : 0.25)),
})

/** Masks of many sizes and densities; the same on every machine. */
export const randomMasks = (count: number, seed: number): Mask[] => {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, index) => {
    const [width, height] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)]
    const density = (index % 5) / 4
    return {
      width,
      height,
      data: Uint8Array.from({ length: width * height }, () => (random() < density ? 1 : 0)),
    }
  })
}

/** The nearest-neighbour enlargement as the convention is written, pixel by pixel: the slow way to the same mask. */
export const pixelsOf = (mask: Mask, { width, height }: Size): Mask => {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const column = Math.floor(((x + 0.5) * mask.width) / width)
      const row = Math.floor(((y + 0.5) * mask.height) / height)
      data[y * width + x] = mask.data[row * mask.width + column]!
    }
  return { width, height, data }
}

/** Sizes that enlarge evenly, unevenly, shrink, keep, and do one thing across and another down. */
export const sizesFor = ({ width, height }: Size): Size[] => [
  { width, height },
  { width: 3 * width, height: 2 * height },
  { width: width + 3, height: height * 2 + 1 },
  { width: Math.max(1, width - 2), height: height + 5 },
  { width: Math.ceil(width / 2), height: Math.ceil(height / 3) },
  { width: 1, height: 1 },
]
