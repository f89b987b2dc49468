import type { Value } from '../graph.ts'
import { type Dim, type Shape, showShape } from '../tensor.ts'

const broadcastDim = (a: Dim, b: Dim, shapes: string): Dim => {
  if (a === b || b === 1) return a
  if (a === 1) return b
  throw new Error(`shapes ${shapes} do not broadcast`)
}

/** Shape of an element-wise operation: aligned at the last axis, ones stretched (NumPy's rule). */
const broadcast = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, axis: number): Dim => shape[axis - (rank - shape.length)] ?? 1
  return Array.from({ length: rank }, (_, axis) =>
    broadcastDim(at(a, axis), at(b, axis), `${showShape(a)} and ${showShape(b)}`),
  )
}

const elementwise =
  (op: string) =>
  (a: Value, b: Value): Value =>
    a.graph.apply({ op, inputs: [a, b], type: a.type, shape: broadcast(a.shape, b.shape) })

export const add = elementwise('Add')
export const mul = elementwise('Mul')
const div = elementwise('Div')
export const sub = elementwise('Sub')

/** x · factor */
export const scale = (x: Value, factor: number): Value =>
  mul(x, x.graph.constant('float32', [], Float32Array.of(factor)))

/** x + term */
export const addScalar = (x: Value, term: number): Value =>
  add(x, x.graph.constant('float32', [], Float32Array.of(term)))

const unary =
  (op: string) =>
  (x: Value): Value =>
    x.graph.apply({ op, inputs: [x], type: x.type, shape: x.shape })

export const erf = unary('Erf')
/** 1 / x */
export const reciprocal = unary('Reciprocal')
/** 1 / (1 + e^−x) */
export const sigmoid = unary('Sigmoid')

export const toFloat = (x: Value): Value =>
  x.graph.apply({ op: 'Cast', inputs: [x], attributes: { to: 1n }, type: 'float32', shape: x.shape })

/** Softmax along the last axis. */
export const softmax = (x: Value): Value =>
  x.graph.apply({ op: 'Softmax', inputs: [x], attributes: { axis: -1n }, type: x.type, shape: x.shape })

/** Matrix product over the last two axes, leading axes broadcast. */
export const matMul = (a: Value, b: Value): Value => {
  const [rows, inner] = a.shape.slice(-2)
  const [innerB, columns] = b.shape.slice(-2)
  if (inner === undefined || inner !== innerB)
    throw new Error(`matrices ${showShape(a.shape)} and ${showShape(b.shape)} cannot be multiplied`)
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return a.graph.apply({ op: 'MatMul', inputs: [a, b], type: a.type, shape: [...batch, rows!, columns!] })
}

/** Mean along one axis, which disappears. */
export const mean = (x: Value, axis: number): Value =>
  x.graph.apply({
    op: 'ReduceMean',
    inputs: [x],
    attributes: { axes: [BigInt(axis)], keepdims: 0n },
    type: x.type,
    shape: x.shape.toSpliced(axis, 1),
  })

/** x / ‖x‖₂ along the last axis. */
export const l2Normalize = (x: Value): Value =>
  div(
    x,
    x.graph.apply({
      op: 'ReduceL2',
      inputs: [x],
      attributes: { axes: [-1n], keepdims: 1n },
      type: x.type,
      shape: [...x.shape.slice(0, -1), 1],
    }),
  )
