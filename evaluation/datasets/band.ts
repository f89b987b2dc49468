import type { Band } from './types.ts'

interface Samples {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** One band of an image or mask; the rows that do not divide go to the lower bands. */
export const cutBand = ({ width, height, data }: Samples, band: Band | undefined): Samples => {
  if (!band) return { width, height, data }
  const from = Math.floor((height * band.index) / band.of)
  const to = Math.floor((height * (band.index + 1)) / band.of)
  const rowBytes = data.length / height
  return { width, height: to - from, data: data.slice(from * rowBytes, to * rowBytes) }
}
