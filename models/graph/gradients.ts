import { type Node, neededNodes, type Value } from './graph.ts'
import { add } from './ops/index.ts'
import { showShape } from './tensor.ts'

/**
 * Reverse-mode differentiation: adds the nodes that compute the gradients of a scalar, each operation's rule standing beside the operation.
 * @param loss of one element
 * @param by values of the same graph
 * @returns one gradient a value, of its shape
 * @throws where an operation on the way has no rule, or nothing leads from a value to the loss
 */
export const gradients = (loss: Value, by: readonly Value[]): Value[] => {
  const { graph } = loss
  if (loss.shape.some((size) => size !== 1))
    throw new Error(`only a scalar has a gradient, and ${loss.name} is ${showShape(loss.shape)}`)
  const path = pathTo(neededNodes(graph, [loss.name]), by)
  const found = new Map<string, Value>()
  const give = (name: string, more: Value): void => {
    const before = found.get(name)
    found.set(name, before === undefined ? more : add(before, more))
  }
  return graph.scope('gradients', () => {
    give(loss.name, one(loss))
    for (const node of path.toReversed()) {
      const [output] = node.outputs
      const dy = found.get(output!)
      if (dy === undefined) continue
      if (node.gradient === undefined)
        throw new Error(`${node.op} (${node.name}) has no gradient; write it with operations that have one`)
      for (const [index, dx] of node.gradient({ y: graph.values.get(output!)!, dy }).entries())
        if (dx !== null) give(node.inputs[index]!, dx)
    }
    return by.map((value) => {
      const gradient = found.get(value.name)
      if (gradient === undefined) throw new Error(`${value.name} has no influence on ${loss.name}`)
      return gradient
    })
  })
}

/** Nodes whose result depends on one of the values, in the order of the graph: gradients flow through no others. */
const pathTo = (nodes: readonly Node[], values: readonly Value[]): Node[] => {
  const depending = new Set(values.map(({ name }) => name))
  return nodes.filter((node) => {
    const depends = node.inputs.some((name) => depending.has(name))
    if (depends) for (const name of node.outputs) depending.add(name)
    return depends
  })
}

const one = ({ graph, type, shape }: Value): Value => {
  const sizes = shape.map(Number)
  return type === 'float64'
    ? graph.constant('float64', sizes, Float64Array.of(1))
    : graph.constant('float32', sizes, Float32Array.of(1))
}
