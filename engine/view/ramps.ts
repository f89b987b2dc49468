import type { Spans } from './tiles.ts'

/**
 * Of the pixels of a whole map along one axis, those whose centre lies in a tile, and what the tile gives to each: the tile's samples `from`
 * up to `to`, of which the highest counts where a pixel has several, and a value between two where the map is as fine as the tile or finer.
 */
export interface Ramp {
  /** Number of the first pixel. */
  readonly first: number
  /** The tile's share of each pixel; those of all tiles sum to 1. */
  readonly weights: Float64Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  /** How far a pixel's centre is on the way from the first sample to the last one, 0..1; null where the highest counts. */
  readonly fractions: Float64Array | null
}

export interface RampOptions {
  /** Of the image, pixels. */
  readonly extent: number
  /** Of the whole map, pixels. */
  readonly size: number
  /** Samples of a tile's map. */
  readonly count: number
}

/** Rounding must not turn "exactly on a sample" into a mixture with its neighbour. */
const HAIR = 1e-6

/**
 * Within an overlap a tile's share rises in a straight line from 0 at its border, where its map knows least of what is around, to 1 where the
 * other tile ends.
 */
export const rampsOf = (spans: Spans, { extent, size, count }: RampOptions): Ramp[] => {
  const { starts, length } = spans
  const pitch = extent / size
  const samplesAPixel = (pitch * count) / length
  const shares = sharesOf(spans)
  return starts.map((start, tile) => {
    const pixels = pixelsWithin(start, length, pitch)
    const places = pixels.map((pixel) => (pixel * pitch - start) * (count / length))
    const samples = places.map((place) =>
      samplesAPixel > 1 + HAIR
        ? samplesUnder(place, place + samplesAPixel, count)
        : samplesAround(place + samplesAPixel / 2 - 0.5, count),
    )
    return {
      first: pixels[0] ?? 0,
      weights: Float64Array.from(pixels, (pixel) => shares[tile]!((pixel + 0.5) * pitch)),
      from: Uint32Array.from(samples, ({ from }) => from),
      to: Uint32Array.from(samples, ({ to }) => to),
      fractions: samplesAPixel > 1 + HAIR ? null : Float64Array.from(samples, ({ fraction }) => fraction),
    }
  })
}

/** Each tile's share of a place in the image. */
const sharesOf = ({ starts, length }: Spans): ((at: number) => number)[] => {
  const heights = starts.map((start, tile) => {
    const [before, after] = [starts[tile - 1], starts[tile + 1]]
    const rising = before === undefined ? 0 : before + length - start
    const falling = after === undefined ? 0 : start + length - after
    return (at: number): number => {
      if (at < start || at >= start + length) return 0
      const fromStart = rising > 0 ? (at - start) / rising : 1
      const fromEnd = falling > 0 ? (start + length - at) / falling : 1
      return Math.min(1, fromStart, fromEnd)
    }
  })
  // More than two overlap where tiles were moved together.
  return heights.map((height) => (at) => height(at) / heights.reduce((sum, other) => sum + other(at), 0))
}

const pixelsWithin = (start: number, length: number, pitch: number): number[] => {
  const first = Math.ceil(start / pitch - 0.5)
  const end = Math.ceil((start + length) / pitch - 0.5)
  return Array.from({ length: end - first }, (_, index) => first + index)
}

interface SamplesOfPixel {
  readonly from: number
  readonly to: number
  readonly fraction: number
}

const samplesUnder = (start: number, end: number, count: number): SamplesOfPixel => ({
  from: Math.max(0, Math.floor(start + HAIR)),
  to: Math.min(count, Math.ceil(end - HAIR)),
  fraction: 0,
})

/** Beyond the outermost samples their value counts. */
const samplesAround = (at: number, count: number): SamplesOfPixel => {
  const nearest = Math.round(at)
  const exact = Math.abs(at - nearest) < HAIR ? nearest : at
  const within = Math.min(count - 1, Math.max(0, exact))
  const from = Math.floor(within)
  return { from, to: Math.min(count, from + 2), fraction: within - from }
}
