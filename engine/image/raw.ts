import { codedError } from '../../errors/index.ts'
import type { ImageInput } from '../types.ts'

export type RawImage = Extract<ImageInput, { kind: 'raw' }>

/** Refuses shapes that do not describe the samples, which would otherwise give a picture of nonsense. */
export const checkRaw = ({ data, width, height, channels }: RawImage): void => {
  for (const [name, value] of Object.entries({ width, height, channels }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw damaged(`${name} is ${JSON.stringify(value)}`, 'a whole number from 1')
  if (channels > 4) throw damaged(`channels is ${channels}`, '1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA)')
  const samples = width * height * channels
  if (data.length !== samples)
    throw damaged(
      `data has ${data.length} samples`,
      `${width} × ${height} × ${channels} = ${samples}; rows must not be padded, and 16-bit samples come as a Uint16Array`,
    )
}

/** Interleaved RGB, 8 bit: of 16-bit samples the high byte, of grey three times the same, alpha dropped. */
export const rgbFromRaw = (raw: RawImage): Uint8Array => {
  const { data, channels } = raw
  if (channels === 3 && data instanceof Uint8Array) return data
  const shift = data instanceof Uint8Array ? 0 : 8
  const pixels = raw.width * raw.height
  const rgb = new Uint8Array(pixels * 3)
  const green = channels < 3 ? 0 : 1
  const blue = channels < 3 ? 0 : 2
  for (let pixel = 0; pixel < pixels; pixel++) {
    const source = pixel * channels
    const target = pixel * 3
    rgb[target] = data[source] >> shift
    rgb[target + 1] = data[source + green] >> shift
    rgb[target + 2] = data[source + blue] >> shift
  }
  return rgb
}

const damaged = (found: string, expected: string) =>
  codedError('IMAGE_RAW', `raw pixels are {data, width, height, channels}: ${found}, expected ${expected}`)
