import type { Value } from '../graph.ts'
import type { Dim, Shape } from '../tensor.ts'
import { int64, reshape } from './layout.ts'

/** Sum along one axis, which disappears. */
export const sum = (x: Value, axis: number): Value =>
  x.graph.apply({
    op: 'ReduceSum',
    inputs: [x, int64(x, [axis])],
    attributes: { keepdims: 0n },
    type: x.type,
    shape: x.shape.toSpliced(axis, 1),
    // y = Σ x  ⇒  every dx = dy
    gradient: ({ dy }) => [expandLike(reshape(dy, x.shape.with(axis, 1)), x), null],
  })

/** Repeated along its axes of size 1 to the shape of another value, whatever its batch is when the graph runs. */
export const expandLike = (x: Value, like: Value): Value => {
  if (x.shape.join() === like.shape.join()) return x
  const { graph } = x
  const shape = graph.apply({ op: 'Shape', inputs: [like], type: 'int64', shape: [like.shape.length] })
  return graph.apply({
    op: 'Expand',
    inputs: [x, shape],
    type: x.type,
    shape: like.shape,
    // y repeats x  ⇒  dx = Σ over the repetitions
    gradient: ({ dy }) => [sumTo(dy, x.shape), null],
  })
}

/** Sums over what broadcasting has repeated: the gradient by an operand of the shape given. */
export const sumTo = (dy: Value, shape: Shape): Value => {
  const added = dy.shape.length - shape.length
  let result = dy
  for (let axis = 0; axis < added; axis++) result = sum(result, 0)
  for (const [axis, size] of shape.entries())
    if (size === 1 && isMore(result.shape[axis]!))
      result = reshape(sum(result, axis), result.shape.with(axis, 1))
  return result
}

const isMore = (dim: Dim): boolean => dim === 'N' || dim > 1

const overFirstAxes = (op: 'ReduceMax' | 'ReduceMin' | 'ReduceMean') => (x: Value) =>
  x.graph.apply({
    op,
    inputs: [x],
    attributes: { axes: x.shape.slice(0, -1).map((_, axis) => BigInt(axis)), keepdims: 0n },
    type: x.type,
    shape: x.shape.slice(-1),
  })

/** Largest value along all axes but the last, which stays. */
export const largestOfChannels = overFirstAxes('ReduceMax')
/** Smallest value along all axes but the last, which stays. */
export const smallestOfChannels = overFirstAxes('ReduceMin')
/** Mean along all axes but the last, which stays. */
export const meanOfChannels = overFirstAxes('ReduceMean')
