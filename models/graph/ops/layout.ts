import type { Value } from '../graph.ts'
import { type Shape, showShape } from '../tensor.ts'

const int64 = (x: Value, numbers: readonly number[]): Value =>
  x.graph.constant('int64', [numbers.length], BigInt64Array.from(numbers, BigInt))

/** Sizes with the batch, which is in at most one place, written as −1. */
const productOf = (shape: Shape): string => {
  const sizes = shape.filter((dim) => dim !== 'N')
  return `${sizes.reduce<number>((a, b) => a * b, 1)}${shape.length > sizes.length ? 'N' : ''}`
}

/** The same numbers in another shape; the batch may stand in one place. */
export const reshape = (x: Value, shape: Shape): Value => {
  if (productOf(x.shape) !== productOf(shape))
    throw new Error(`${showShape(x.shape)} cannot be reshaped to ${showShape(shape)}`)
  return sameNumbers(x, shape)
}

const sameNumbers = (x: Value, shape: Shape): Value => {
  const target = int64(
    x,
    shape.map((dim) => (dim === 'N' ? -1 : dim)),
  )
  return x.graph.apply({ op: 'Reshape', inputs: [x, target], type: x.type, shape })
}

/** Axes in a new order: axis i of the result is axis `order[i]` of x. */
export const transpose = (x: Value, order: readonly number[]): Value =>
  x.graph.apply({
    op: 'Transpose',
    inputs: [x],
    attributes: { perm: order.map(BigInt) },
    type: x.type,
    shape: order.map((axis) => x.shape[axis]!),
  })

/** Elements `from` (inclusive) to `to` (exclusive) along one axis. */
export const slice = (x: Value, axis: number, from: number, to: number): Value => {
  const size = x.shape[axis]
  if (typeof size !== 'number' || from < 0 || to > size || from >= to)
    throw new Error(`cannot take ${from}..${to} along axis ${axis} of ${showShape(x.shape)}`)
  return x.graph.apply({
    op: 'Slice',
    inputs: [x, int64(x, [from]), int64(x, [to]), int64(x, [axis])],
    type: x.type,
    shape: x.shape.with(axis, to - from),
  })
}

/** One element along an axis, which disappears. */
export const at = (x: Value, axis: number, index: number): Value =>
  reshape(slice(x, axis, index, index + 1), x.shape.toSpliced(axis, 1))

/** Side by side along one axis. */
export const concat = (parts: readonly Value[], axis: number): Value => {
  const [first] = parts
  if (first === undefined) throw new Error('nothing to concatenate')
  if (parts.length === 1) return first
  const size = parts.reduce((sum, part) => sum + Number(part.shape[axis]), 0)
  return first.graph.apply({
    op: 'Concat',
    inputs: parts,
    attributes: { axis: BigInt(axis) },
    type: first.type,
    shape: first.shape.with(axis, size),
  })
}

/** Values of one shape as the planes of a new axis. */
export const stack = (parts: readonly Value[], axis: number): Value =>
  concat(
    parts.map((part) => reshape(part, part.shape.toSpliced(axis, 0, 1))),
    axis,
  )

/** Zeros put before the first element of one axis. */
export const padFront = (x: Value, axis: number, count: number): Value => {
  const pads = new Array<number>(2 * x.shape.length).fill(0).with(axis, count)
  return x.graph.apply({
    op: 'Pad',
    inputs: [x, int64(x, pads)],
    type: x.type,
    shape: x.shape.with(axis, Number(x.shape[axis]) + count),
  })
}

/** Rows of an axis, picked by a table of indices [A, B]: the axis becomes two, A and B. */
export const gather = (x: Value, axis: number, table: readonly (readonly number[])[]): Value => {
  const [rows, columns] = [table.length, table[0]!.length]
  const indices = x.graph.constant('int64', [rows, columns], BigInt64Array.from(table.flat(), BigInt))
  return x.graph.apply({
    op: 'Gather',
    inputs: [x, indices],
    attributes: { axis: BigInt(axis) },
    type: x.type,
    shape: x.shape.toSpliced(axis, 1, rows, columns),
  })
}

/** [N, W, …] → [N·W, …]: each of the W becomes an element of the batch, which `N` then counts. */
export const intoBatch = (x: Value): Value => sameNumbers(x, ['N', ...x.shape.slice(2)])

/** [N·W, …] → [N, W, …]: takes `intoBatch` back. */
export const outOfBatch = (x: Value, count: number): Value =>
  sameNumbers(x, ['N', count, ...x.shape.slice(1)])
