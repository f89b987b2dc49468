import { createGraph, gradients, runGraph, type Value } from '../../models/graph/index.ts'
import { mul, sum } from '../../models/graph/ops/index.ts'
import { Tensor } from '../../models/onnxruntime.ts'

export interface Operand {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** As many numbers of −1…1 as the shape has room for, always the same ones for a seed (a linear congruential generator). */
export const drawn = (shape: readonly number[], seed: number): Operand => {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  return { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next) }
}

const total = (x: Value): Value => x.shape.reduce<Value>((rest) => sum(rest, 0), x)

/**
 * How far the derivative of Σ weights ⊙ f along a random direction is from the central difference, relative to its size, in double
 * precision.
 */
export const gradientError = async (
  f: (...inputs: Value[]) => Value,
  operands: readonly Operand[],
): Promise<number> => {
  const graph = createGraph()
  const inputs = operands.map(({ shape }, i) => graph.input(`x${i}`, 'float64', shape))
  const y = f(...inputs)
  const weights = drawn(
    y.shape.map((size) => (size === 'N' ? 1 : size)),
    97,
  )
  const loss = total(mul(y, graph.constant('float64', weights.shape, weights.data)))
  const slopes = gradients(loss, inputs)

  const feedsAt = (step: number) =>
    Object.fromEntries(
      operands.map(({ shape, data }, i) => {
        const direction = drawn(shape, 31 + i)
        return [
          `x${i}`,
          new Tensor(
            'float64',
            data.map((x, j) => x + step * direction.data[j]!),
            [...shape],
          ),
        ]
      }),
    )
  const lossAt = async (step: number): Promise<number> => {
    const { [loss.name]: found } = await runGraph(graph, feedsAt(step), [loss.name])
    return Number(found!.data[0])
  }
  const found = await runGraph(
    graph,
    feedsAt(0),
    slopes.map(({ name }) => name),
  )
  const derivative = operands.reduce((sum, { shape }, i) => {
    const slope = found[slopes[i]!.name]!.data as Float64Array
    const direction = drawn(shape, 31 + i).data
    return slope.reduce((part, value, j) => part + value * direction[j]!, sum)
  }, 0)
  const STEP = 1e-5
  const difference = ((await lossAt(STEP)) - (await lossAt(-STEP))) / (2 * STEP)
  return Math.abs(derivative - difference) / Math.max(Math.abs(difference), 1e-3)
}
