import { join } from 'node:path'
import sharp from 'sharp'
import type { ImageInput } from '../../engine/types.ts'
import { root } from '../../tools/tree.ts'
import { sample } from './samples.ts'

/** A camera of 12 megapixels, and where the scratch lies in its pixels: [x, y, width, height]. */
const [WIDTH, HEIGHT] = [4000, 3000]
const AT = { x: 2500, y: 1500 }
export const SCRATCH = [AT.x + 28, AT.y + 78, 91, 147] as const

const rgbOf = async (file: string | Buffer): Promise<{ data: Buffer; side: number }> => {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, side: info.width }
}

/** 0 1 2 … n-1 n-1 … 1 0 0 1 …: a texture goes on without an edge. */
const mirrored = (at: number, side: number): number => {
  const within = at % (2 * side)
  return within < side ? within : 2 * side - 1 - within
}

/** A wall of the concrete among nano's samples, as large as the camera's image; with the scratch of the bad bottle in it, or without. */
export const concreteWall = async (isScratched: boolean): Promise<ImageInput> => {
  const concrete = await rgbOf(sample('concrete-good.png'))
  const bottle = await rgbOf(sample('bottle-bad-scratch.png'))
  const mask = await rgbOf(join(root, 'models/nano/masks/bottle-bad-scratch.png'))
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let y = 0, target = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++, target += 3) {
      const source = (mirrored(y, concrete.side) * concrete.side + mirrored(x, concrete.side)) * 3
      for (let channel = 0; channel < 3; channel++) data[target + channel] = concrete.data[source + channel]!
    }
  if (isScratched)
    for (let y = 0, source = 0; y < bottle.side; y++)
      for (let x = 0; x < bottle.side; x++, source += 3)
        if (mask.data[source] !== 0)
          data.set(bottle.data.subarray(source, source + 3), ((AT.y + y) * WIDTH + AT.x + x) * 3)
  return { kind: 'raw', data, width: WIDTH, height: HEIGHT, channels: 3 }
}
