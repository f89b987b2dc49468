import type { Size } from '../../inspection/types.ts'
import type { Rotation } from './types.ts'

export interface Samples<T> extends Size {
  /** Interleaved, row-major. */
  readonly data: T
}

/**
 * Turned clockwise.
 * @param channels samples a pixel
 * @returns the input itself, not a copy, for 0 degrees
 */
export const turn = <T extends Uint8Array | Float32Array>(
  samples: Samples<T>,
  channels: number,
  rotation: Rotation,
): Samples<T> => {
  if (rotation === 0) return samples
  const { width, height, data } = samples
  const size = rotation === 180 ? { width, height } : { width: height, height: width }
  // Not `slice`, which of a Buffer gives the same bytes again.
  const turned = new (data instanceof Float32Array ? Float32Array : Uint8Array)(data.length) as T
  // Where pixel (0, 0) goes, and how far the next one of its row and of its column lie from it.
  const { first, right, down } = stepsOf[rotation](size)
  for (let y = 0; y < height; y++)
    turnRow(data.subarray(y * width * channels, (y + 1) * width * channels), turned, {
      first: (first + y * down) * channels,
      step: right * channels,
      channels,
    })
  return { ...size, data: turned }
}

interface RowTarget {
  /** Where the first pixel of the row goes, and how far the next one lies from it, in samples. */
  readonly first: number
  readonly step: number
  readonly channels: number
}

/** One row a call, as in engine/image/resize.ts. */
const turnRow = (
  row: Uint8Array | Float32Array,
  turned: Uint8Array | Float32Array,
  { first, step, channels }: RowTarget,
): void => {
  for (let source = 0, target = first; source < row.length; source += channels, target += step)
    for (let channel = 0; channel < channels; channel++) turned[target + channel] = row[source + channel]!
}

/** In pixels of the turned picture. */
interface Steps {
  readonly first: number
  readonly right: number
  readonly down: number
}

const stepsOf: Record<Exclude<Rotation, 0>, (turned: Size) => Steps> = {
  90: ({ width }) => ({ first: width - 1, right: width, down: -1 }),
  180: ({ width, height }) => ({ first: width * height - 1, right: -1, down: -width }),
  270: ({ width, height }) => ({ first: (height - 1) * width, right: -width, down: 1 }),
}

export const turnBack = (rotation: Rotation): Rotation => ((360 - rotation) % 360) as Rotation
