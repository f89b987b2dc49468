import { type Dim, type ElementType, elementsOf, type Shape, showShape, type TensorData } from './tensor.ts'

/** A tensor that flows through a graph: its name, element type and shape, and the graph it belongs to. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
}

/**
 * What the gradient of a scalar by an operation's result y, given as dy, means for its inputs: the gradient by each of them, in their order and
 * of their shapes; null for an input that none flows to.
 */
export type GradientRule = (of: { readonly y: Value; readonly dy: Value }) => readonly (Value | null)[]

export type Attribute = number | bigint | string | readonly bigint[]

/** One operation. Integers are bigint and reals number, as ONNX tells the two apart. */
export interface Node {
  readonly name: string
  readonly op: string
  /** Empty for ONNX's own operators. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
  /** Absent where the operation cannot be differentiated. */
  readonly gradient?: GradientRule
}

/** A constant of the graph; its numbers are fetched only when they are written or run, one tensor at a time. */
export interface Constant<T extends ElementType = ElementType> {
  readonly name: string
  readonly type: T
  readonly shape: readonly number[]
  readonly load: () => Promise<TensorData[T]> | TensorData[T]
}

export interface Graph {
  readonly nodes: readonly Node[]
  readonly values: ReadonlyMap<string, Value>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly constants: ReadonlyMap<string, Constant>
  input(name: string, type: ElementType, shape: Shape): Value
  output(name: string, value: Value): void
  /** A weight by its name; asked for twice, it is stored once. */
  weight(name: string, shape: readonly number[], load: () => Promise<Float32Array> | Float32Array): Value
  /** The same of another type than float32. */
  weight<T extends ElementType>(
    name: string,
    shape: readonly number[],
    load: () => Promise<TensorData[T]> | TensorData[T],
    type: T,
  ): Value
  /** A small constant without a name of its own. */
  constant<T extends 'float16' | 'float32' | 'float64' | 'int64'>(
    type: T,
    shape: readonly number[],
    data: TensorData[T],
  ): Value
  /** Adds a node with one output. Operators are called through `models/graph/ops`, which know their shapes. */
  apply(op: Operation): Value
  /** Names what is added inside after a part of the model, so that a viewer shows the towers and layers. */
  scope<R>(name: string, build: () => R): R
}

export interface Operation {
  readonly op: string
  readonly domain?: string
  /** `null` leaves an optional input out. */
  readonly inputs: readonly (Value | null)[]
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly type: ElementType
  readonly shape: Shape
  readonly gradient?: GradientRule
}

export const createGraph = (): Graph => {
  const nodes: Node[] = []
  const values = new Map<string, Value>()
  const inputs: Value[] = []
  const outputs: Value[] = []
  const constants = new Map<string, Constant>()
  const scopes: string[] = []
  const counts = new Map<string, number>()

  const freshName = (kind: string): string => {
    const base = [...scopes, kind].join('/')
    const count = counts.get(base) ?? 0
    counts.set(base, count + 1)
    return count === 0 ? base : `${base}.${count}`
  }
  const define = (name: string, type: ElementType, shape: readonly Dim[]): Value => {
    if (values.has(name)) throw new Error(`the graph has two values named "${name}"`)
    const value: Value = { graph, name, type, shape }
    values.set(name, value)
    return value
  }
  const addConstant = (constant: Constant): Value => {
    constants.set(constant.name, constant)
    return define(constant.name, constant.type, constant.shape)
  }

  const graph: Graph = {
    nodes,
    values,
    inputs,
    outputs,
    constants,
    input(name, type, shape) {
      const value = define(name, type, shape)
      inputs.push(value)
      return value
    },
    output(name, value) {
      nodes.push({ name, op: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: {} })
      outputs.push(define(name, value.type, value.shape))
    },
    weight(name: string, shape: readonly number[], load: Constant['load'], type: ElementType = 'float32') {
      const known = values.get(name)
      if (known === undefined) return addConstant({ name, type, shape, load })
      if (showShape(known.shape) !== showShape(shape))
        throw new Error(`weight "${name}" was ${showShape(known.shape)} and is now ${showShape(shape)}`)
      return known
    },
    constant(type, shape, data) {
      if (elementsOf(shape) !== data.length)
        throw new Error(`a constant of shape ${showShape(shape)} was given ${data.length} numbers`)
      return addConstant({ name: freshName('const'), type, shape, load: () => data })
    },
    apply({ op, domain = '', inputs: from, attributes = {}, type, shape, gradient }) {
      const name = freshName(op)
      // ONNX writes an input that is left out as an empty name; at the end it is not written at all.
      const names = from.map((value) => value?.name ?? '')
      while (names.at(-1) === '') names.pop()
      nodes.push({
        name,
        op,
        domain,
        inputs: names,
        outputs: [name],
        attributes,
        ...(gradient === undefined ? {} : { gradient }),
      })
      return define(name, type, shape)
    },
    scope(name, build) {
      scopes.push(name)
      try {
        return build()
      } finally {
        scopes.pop()
      }
    },
  }
  return graph
}

/** The nodes that the outputs need, in their order; the rest of a graph is never written or run. */
export const neededNodes = (graph: Graph, outputs: readonly string[]): Node[] => {
  const wanted = new Set(outputs)
  const kept: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue
    for (const name of node.inputs) wanted.add(name)
    kept.push(node)
  }
  return kept.reverse()
}
