import type { Value } from '../graph.ts'
import { type Shape, showShape } from '../tensor.ts'

/** A constant of whole numbers, for operators that take axes and sizes as inputs. */
export const int64 = (x: Value, numbers: readonly number[]): Value =>
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
  return x.graph.apply({
    op: 'Reshape',
    inputs: [x, target],
    type: x.type,
    shape,
    gradient: ({ dy }) => [sameNumbers(dy, x.shape), null],
  })
}

/** Axes in a new order: axis i of the result is axis `order[i]` of x. */
export const transpose = (x: Value, order: readonly number[]): Value =>
  x.graph.apply({
    op: 'Transpose',
    inputs: [x],
    attributes: { perm: order.map(BigInt) },
    type: x.type,
    shape: order.map((axis) => x.shape[axis]!),
    gradient: ({ dy }) => [
      transpose(
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ],
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
    gradient: ({ dy }) => [pad(dy, axis, { before: from, after: size - to }), null, null, null],
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
    gradient: ({ dy }) => {
      let start = 0
      return parts.map((part) => {
        const from = start
        start += Number(part.shape[axis])
        return slice(dy, axis, from, start)
      })
    },
  })
}

/** Values of one shape as the planes of a new axis. */
export const stack = (parts: readonly Value[], axis: number): Value =>
  concat(
    parts.map((part) => reshape(part, part.shape.toSpliced(axis, 0, 1))),
    axis,
  )

/** Zeros put before the first and after the last element of one axis. */
export const pad = (
  x: Value,
  axis: number,
  { before = 0, after = 0 }: { readonly before?: number; readonly after?: number },
): Value => {
  const rank = x.shape.length
  const size = Number(x.shape[axis])
  const pads = new Array<number>(2 * rank)
    .fill(0)
    .with(axis, before)
    .with(rank + axis, after)
  return x.graph.apply({
    op: 'Pad',
    inputs: [x, int64(x, pads)],
    type: x.type,
    shape: x.shape.with(axis, before + size + after),
    gradient: ({ dy }) => [slice(dy, axis, before, before + size), null],
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
