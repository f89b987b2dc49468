import assert from 'node:assert/strict'
import { createGraph, gradients, runGraph, type Value } from '../../../models/graph/index.ts'
import {
  activate,
  add,
  addScalar,
  at,
  attention,
  concat,
  div,
  erf,
  exp,
  expandLike,
  intoBatch,
  l2Normalize,
  layerNorm,
  log,
  matMul,
  mean,
  mul,
  outOfBatch,
  pad,
  reciprocal,
  reshape,
  roundedToHalf,
  scale,
  sigmoid,
  slice,
  softmax,
  sqrt,
  stack,
  sub,
  sum,
  transpose,
} from '../../../models/graph/ops/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'
import { drawn, gradientError, type Operand } from '../../support/central-differences.ts'

/** Away from 0, for operations that have no slope there. */
const positive = (shape: readonly number[], seed: number): Operand => {
  const { data } = drawn(shape, seed)
  return { shape, data: data.map((x) => 1.5 + x) }
}

/** erf(x) = 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), exact in double precision for small x. */
const errorFunction = (x: number): number => {
  let [power, sum] = [x, 0]
  for (let n = 0; n < 60; n++) {
    sum += power / (2 * n + 1)
    power *= -(x * x) / (n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const RULES: [string, (...inputs: Value[]) => Value, readonly Operand[]][] = [
  ['add', add, [drawn([2, 3], 1), drawn([2, 3], 2)]],
  ['add, one operand repeated over leading axes', add, [drawn([4, 2, 3], 1), drawn([3], 2)]],
  ['add, either operand repeated', add, [drawn([2, 1, 3], 1), drawn([4, 1], 2)]],
  ['sub', sub, [drawn([2, 3], 1), drawn([1, 3], 2)]],
  ['mul', mul, [drawn([2, 3], 1), drawn([2, 1], 2)]],
  ['mul of a value by itself', (x) => mul(x, x), [drawn([2, 3], 1)]],
  ['div', div, [drawn([2, 3], 1), positive([3], 2)]],
  ['scale', (x) => scale(x, -2.5), [drawn([2, 3], 1)]],
  ['addScalar', (x) => mul(addScalar(x, 2), x), [drawn([2, 3], 1)]],
  ['exp', exp, [drawn([2, 3], 1)]],
  ['log', log, [positive([2, 3], 1)]],
  ['sqrt', sqrt, [positive([2, 3], 1)]],
  ['reciprocal', reciprocal, [positive([2, 3], 1)]],
  ['sigmoid', sigmoid, [drawn([2, 3], 1)]],
  ['softmax', softmax, [drawn([2, 3, 4], 1)]],
  ['matMul', matMul, [drawn([3, 4], 1), drawn([4, 2], 2)]],
  ['matMul with a batch', matMul, [drawn([2, 3, 4], 1), drawn([2, 4, 5], 2)]],
  ['matMul, a matrix for the whole batch', matMul, [drawn([2, 3, 4], 1), drawn([4, 5], 2)]],
  ['matMul, the batch on the right', matMul, [drawn([3, 4], 1), drawn([2, 4, 5], 2)]],
  ['mean', (x) => mean(x, 1), [drawn([2, 3, 4], 1)]],
  ['sum', (x) => sum(x, 0), [drawn([2, 3], 1)]],
  ['expandLike', (x, like) => mul(expandLike(x, like), like), [drawn([2, 1, 3], 1), drawn([2, 4, 3], 2)]],
  ['l2Normalize', l2Normalize, [positive([2, 5], 1)]],
  ['reshape', (x) => reshape(x, [3, 4]), [drawn([2, 6], 1)]],
  ['transpose', (x) => transpose(x, [2, 0, 1]), [drawn([2, 3, 4], 1)]],
  ['slice', (x) => slice(x, 1, 1, 3), [drawn([2, 5], 1)]],
  ['at', (x) => at(x, 0, 1), [drawn([3, 4], 1)]],
  ['concat', (a, b) => concat([a, b, a], 1), [drawn([2, 3], 1), drawn([2, 1], 2)]],
  ['stack', (a, b) => stack([a, b], 1), [drawn([2, 3], 1), drawn([2, 3], 2)]],
  ['pad', (x) => pad(x, 0, { before: 2, after: 1 }), [drawn([2, 3], 1)]],
  ['intoBatch and outOfBatch', (x) => outOfBatch(mul(intoBatch(x), intoBatch(x)), 3), [drawn([2, 3, 4], 1)]],
  ['layerNorm', layerNorm, [drawn([2, 3, 8], 1), drawn([8], 2), drawn([8], 3)]],
  ['quickgelu', (x) => activate(x, 'quickgelu', 'plain'), [drawn([2, 3], 1)]],
  [
    'attention with a mask',
    (q, k, v) => {
      const mask = q.graph.constant(
        'float64',
        [3, 3],
        Float64Array.of(0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0),
      )
      return attention(q, k, v, { formulation: 'plain', mask })
    },
    [drawn([2, 3, 128], 1), drawn([2, 3, 128], 2), drawn([2, 3, 128], 3)],
  ],
  ['a value that is used twice', (x) => add(exp(x), mul(x, sigmoid(x))), [drawn([2, 3], 1)]],
]

describe('gradients, against central differences in double precision', () => {
  for (const [name, f, operands] of RULES)
    it(name, async () => {
      const error = await gradientError(f, operands)
      assert.ok(error <= 1e-6, `off by ${error}`)
    })

  it('the checker finds a rule that is wrong by a thousandth', async () => {
    const wrong = (x: Value): Value =>
      x.graph.apply({
        op: 'Exp',
        inputs: [x],
        type: x.type,
        shape: x.shape,
        gradient: ({ y, dy }) => [scale(mul(dy, y), 1.001)],
      })
    assert.ok((await gradientError(wrong, [drawn([2, 3], 1)])) > 1e-4)
  })

  const inSinglePrecision = async (build: (x: Value) => Value, x: number[]): Promise<number[]> => {
    const graph = createGraph()
    const input = graph.input('x', 'float32', [x.length])
    const [slope] = gradients(sum(build(input), 0), [input])
    const feeds = { x: new Tensor('float32', Float32Array.from(x), [x.length]) }
    return [...((await runGraph(graph, feeds, [slope!.name]))[slope!.name]!.data as Float32Array)]
  }

  // onnxruntime has no Erf in double precision: the differences are those of the function itself.
  const ERF: [string, (x: Value) => Value, (x: number) => number][] = [
    ['erf', erf, errorFunction],
    ['gelu', (x) => activate(x, 'gelu', 'plain'), (x) => (x / 2) * (1 + errorFunction(x * Math.SQRT1_2))],
  ]
  for (const [name, build, f] of ERF)
    it(name, async () => {
      const points = [-2, -0.7, 0, 0.3, 1.4]
      const slopes = await inSinglePrecision(build, points)
      for (const [i, x] of points.entries()) {
        const difference = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
        assert.ok(Math.abs(slopes[i]! - difference) <= 1e-6, `${slopes[i]} at ${x}, expected ${difference}`)
      }
    })

  it('rounding to fp16 counts as having the slope 1', async () => {
    const slopes = await inSinglePrecision((x) => scale(roundedToHalf(x), 1 / 3), [0.1, 7])
    assert.deepEqual(slopes, [Math.fround(1 / 3), Math.fround(1 / 3)])
  })

  it('an operation without a rule is named', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', [1, 1, 64])
    const fused = attention(x, x, x, { formulation: 'fused' })
    assert.throws(() => gradients(reshape(sum(fused, 2), [1]), [x]), /MultiHeadAttention .* has no gradient/)
  })

  it('a value without influence, and a result that is no scalar, are refused', () => {
    const graph = createGraph()
    const [x, z] = [graph.input('x', 'float32', [2]), graph.input('z', 'float32', [2])]
    assert.throws(() => gradients(sum(x, 0), [z]), /z has no influence/)
    assert.throws(() => gradients(exp(x), [x]), /only a scalar/)
  })
})
