import type { GradientRule, Value } from '../graph.ts'
import { toHalf } from '../half.ts'
import { type Dim, ELEMENT_TYPES, type ElementType, type Shape, showShape } from '../tensor.ts'
import { reshape, transpose } from './layout.ts'
import { expandLike, sum, sumTo } from './reduce.ts'

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

/** A constant of the type of another value. */
const scalar = (x: Value, value: number): Value => {
  if (x.type === 'float64') return x.graph.constant('float64', [], Float64Array.of(value))
  const single = Float32Array.of(value)
  return x.type === 'float16'
    ? x.graph.constant('float16', [], toHalf(single))
    : x.graph.constant('float32', [], single)
}

const elementwise =
  (op: string, rule: (a: Value, b: Value) => GradientRule) =>
  (a: Value, b: Value): Value =>
    a.graph.apply({
      op,
      inputs: [a, b],
      type: a.type,
      shape: broadcast(a.shape, b.shape),
      gradient: (of) => {
        const [da, db] = rule(a, b)(of)
        return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)]
      },
    })

export const add = elementwise('Add', () => ({ dy }) => [dy, dy])
export const sub = elementwise('Sub', () => ({ dy }) => [dy, scale(dy, -1)])
export const mul = elementwise('Mul', (a, b) => ({ dy }) => [mul(dy, b), mul(dy, a)])
// y = a / b  ⇒  da = dy / b, db = −dy · y / b
export const div = elementwise('Div', (_, b) => ({ y, dy }) => [div(dy, b), scale(div(mul(dy, y), b), -1)])

/** x · factor */
export const scale = (x: Value, factor: number): Value => mul(x, scalar(x, factor))

/** x + term */
export const addScalar = (x: Value, term: number): Value => add(x, scalar(x, term))

/** @param slope dy/dx of x and y */
const unary =
  (op: string, slope: (x: Value, y: Value) => Value) =>
  (x: Value): Value =>
    x.graph.apply({
      op,
      inputs: [x],
      type: x.type,
      shape: x.shape,
      gradient: ({ y, dy }) => [mul(dy, slope(x, y))],
    })

/** e^x */
export const exp = unary('Exp', (_, y) => y)
/** Natural logarithm. */
export const log = unary('Log', (x) => reciprocal(x))
export const sqrt = unary('Sqrt', (_, y) => scale(reciprocal(y), 0.5))
// y' = 2/√π · e^(−x²)
export const erf = unary('Erf', (x) => scale(exp(scale(mul(x, x), -1)), 2 / Math.sqrt(Math.PI)))
/** 1 / x */
export const reciprocal = unary('Reciprocal', (_, y) => scale(mul(y, y), -1))
/** 1 / (1 + e^−x) */
export const sigmoid = unary('Sigmoid', (_, y) => mul(y, addScalar(scale(y, -1), 1)))

/** Of whole numbers, which have no gradient. */
export const toFloat = (x: Value): Value =>
  x.graph.apply({ op: 'Cast', inputs: [x], attributes: { to: 1n }, type: 'float32', shape: x.shape })

/** The nearest fp16 number, in the type of x. Its slope counts as 1 (a straight-through estimator: Bengio et al. 2013). */
export const roundedToHalf = (x: Value): Value => cast(cast(x, 'float16'), x.type)

/** The same numbers in another type, as near as it has them. */
export const cast = (x: Value, type: ElementType): Value =>
  x.type === type
    ? x
    : x.graph.apply({
        op: 'Cast',
        inputs: [x],
        attributes: { to: BigInt(ELEMENT_TYPES[type].onnx) },
        type,
        shape: x.shape,
        gradient: ({ dy }) => [dy],
      })

/** Softmax along the last axis. */
export const softmax = (x: Value): Value =>
  x.graph.apply({
    op: 'Softmax',
    inputs: [x],
    attributes: { axis: -1n },
    type: x.type,
    shape: x.shape,
    // dx = y ⊙ (dy − Σ y ⊙ dy)
    gradient: ({ y, dy }) => [mul(y, sub(dy, sumKept(mul(y, dy))))],
  })

/** Sum along the last axis, which stays with size 1. */
const sumKept = (x: Value): Value => reshape(sum(x, x.shape.length - 1), x.shape.with(-1, 1))

/** The last two axes exchanged. */
const swapped = (x: Value): Value => {
  const rank = x.shape.length
  const order = x.shape.map((_, axis) => axis)
  return transpose(x, [...order.slice(0, -2), rank - 1, rank - 2])
}

/** Matrix product over the last two axes, leading axes broadcast. */
export const matMul = (a: Value, b: Value): Value => {
  const [rows, inner] = a.shape.slice(-2)
  const [innerB, columns] = b.shape.slice(-2)
  if (inner === undefined || inner !== innerB)
    throw new Error(`matrices ${showShape(a.shape)} and ${showShape(b.shape)} cannot be multiplied`)
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return a.graph.apply({
    op: 'MatMul',
    inputs: [a, b],
    type: a.type,
    shape: [...batch, rows!, columns!],
    // da = dy · bᵀ, db = aᵀ · dy
    gradient: ({ dy }) => [sumTo(matMul(dy, swapped(b)), a.shape), sumTo(matMul(swapped(a), dy), b.shape)],
  })
}

/** Mean along one axis, which disappears. */
export const mean = (x: Value, axis: number): Value =>
  x.graph.apply({
    op: 'ReduceMean',
    inputs: [x],
    attributes: { axes: [BigInt(axis)], keepdims: 0n },
    type: x.type,
    shape: x.shape.toSpliced(axis, 1),
    gradient: ({ dy }) => [
      expandLike(reshape(scale(dy, 1 / Number(x.shape[axis])), x.shape.with(axis, 1)), x),
    ],
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
      shape: x.shape.with(-1, 1),
      // y = ‖x‖  ⇒  dx = dy · x / y
      gradient: ({ y, dy }) => [div(mul(x, dy), y)],
    }),
  )
