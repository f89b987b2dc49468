import type { Mask } from '../types.ts'

/** The connected components of a mask. */
export interface Components {
  /** A number for each pixel: 0 = background, 1… = its component, in the order of their first pixels, row by row. */
  readonly labels: Int32Array
  /** Pixels of each component; `sizes[0]` is the background's. */
  readonly sizes: readonly number[]
}

/**
 * Groups the pixels of a mask that touch each other, corners included (8-connectivity). One pass over the pixels hands
 * out provisional numbers and notes which of them met (union–find), a second one replaces them.
 * Source: Rosenfeld & Pfaltz 1966, "Sequential Operations in Digital Picture Processing".
 * @example labelComponents({ width: 3, height: 2, data: Uint8Array.of(1, 0, 1, 0, 1, 0) }).labels // [1, 0, 1, 0, 1, 0]
 */
export const labelComponents = ({ width, height, data }: Mask): Components => {
  const labels = new Int32Array(data.length)
  const parents = [0]
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      if (data[pixel] === 0) continue
      const above = pixel - width
      const left = x > 0 ? labels[pixel - 1]! : 0
      const upLeft = x > 0 && y > 0 ? labels[above - 1]! : 0
      const up = y > 0 ? labels[above]! : 0
      const upRight = y > 0 && x < width - 1 ? labels[above + 1]! : 0
      // Neighbours next to each other have met before: only upRight can still bring two components together.
      const known = up || left || upLeft
      labels[pixel] = known || upRight || parents.push(parents.length) - 1
      if (known && upRight) join(parents, known, upRight)
    }
  return renumbered(labels, parents)
}

const renumbered = (labels: Int32Array, parents: number[]): Components => {
  const numbers = new Int32Array(parents.length)
  const sizes = [0]
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const provisional = labels[pixel]!
    if (provisional === 0) {
      sizes[0]!++
      continue
    }
    const root = rootOf(parents, provisional)
    if (numbers[root] === 0) numbers[root] = sizes.push(0) - 1
    labels[pixel] = numbers[root]!
    sizes[numbers[root]!]!++
  }
  return { labels, sizes }
}

const rootOf = (parents: number[], label: number): number => {
  let at = label
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!
    at = parents[at]!
  }
  return at
}

const join = (parents: number[], a: number, b: number): void => {
  const [rootA, rootB] = [rootOf(parents, a), rootOf(parents, b)]
  parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB)
}
