import type { Mask } from '../types.ts'

/** A corner between pixels: (x, y) is the upper left corner of pixel (x, y). */
export interface Corner {
  readonly x: number
  readonly y: number
}

/** Bit of each direction that an edge can leave a corner in. */
const RIGHT = 1
const DOWN = 2
const LEFT = 4
const UP = 8

/**
 * The boundary of a mask as closed rings along the edges of its pixels, what is set always to the right: around a
 * group of pixels clockwise on the screen, around a hole counter-clockwise. No ring passes a corner twice, and only
 * corners where it turns are in it.
 */
export const ringsOf = (mask: Mask): Corner[][] => {
  const stride = mask.width + 1
  const edges = boundaryEdges(mask)
  const rings: Corner[][] = []
  // The first corner in reading order that still has an edge has none from above or from the left, so a ring turns there.
  for (let start = 0; start < edges.length; start++)
    while (edges[start] !== 0) rings.push(...follow(edges, stride, start))
  return rings
}

/** For each corner, row by row, the directions in which boundary edges leave it. */
const boundaryEdges = ({ width, height, data }: Mask): Uint8Array => {
  const stride = width + 1
  const edges = new Uint8Array(stride * (height + 1))
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      if (data[pixel] === 0) continue
      const corner = y * stride + x
      if (y === 0 || data[pixel - width] === 0) edges[corner]! |= RIGHT
      if (x === width - 1 || data[pixel + 1] === 0) edges[corner + 1]! |= DOWN
      if (y === height - 1 || data[pixel + width] === 0) edges[corner + stride + 1]! |= LEFT
      if (x === 0 || data[pixel - 1] === 0) edges[corner + stride]! |= UP
    }
  return edges
}

const STEP: Readonly<Record<number, (stride: number) => number>> = {
  [RIGHT]: () => 1,
  [DOWN]: (stride) => stride,
  [LEFT]: () => -1,
  [UP]: (stride) => -stride,
}

/**
 * Walks from a corner along the edges, using each up, until it is back. Where two pixels touch in a corner only, two
 * edges leave it: the walk takes one, and when it comes by again, the loop it has made since then is a ring of its own.
 */
const follow = (edges: Uint8Array, stride: number, start: number): Corner[][] => {
  const rings: Corner[][] = []
  const path: number[] = []
  /** Where on the path each of its corners lies. */
  const places = new Map<number, number>()
  let before = 0
  for (let corner = start; ; ) {
    const place = places.get(corner)
    if (place !== undefined) {
      const ring = path.splice(place)
      for (const passed of ring) places.delete(passed)
      rings.push(ring.map((at) => ({ x: at % stride, y: Math.floor(at / stride) })))
      if (path.length === 0) return rings
    }
    const direction = edges[corner]! & -edges[corner]!
    edges[corner]! -= direction
    if (direction !== before) {
      places.set(corner, path.length)
      path.push(corner)
    }
    before = direction
    corner += STEP[direction]!(stride)
  }
}
