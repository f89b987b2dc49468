import assert from 'node:assert/strict'
import { createGraph, runGraph } from '../../../models/graph/index.ts'
import { cast } from '../../../models/graph/ops/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'
import { FP16, FP16_ON_GPU } from '../../../models/precision/fp16.ts'
import { BLOCK, blockScales, int4, packBlocks } from '../../../models/precision/int4.ts'
import { int8, rowScales, WEIGHT_LEVELS } from '../../../models/precision/int8.ts'
import { NO_BALANCE, type Precision } from '../../../models/precision/precision.ts'
import { randomNumbers } from '../../support/random-numbers.ts'

const [ROWS, INPUTS, OUTPUTS] = [5, 96, 7]

/** A layer as onnxruntime runs it: x [ROWS, INPUTS] → [ROWS, OUTPUTS]. */
const run = async (precision: Precision, x: Float32Array, weights: Float32Array, bias: Float32Array) => {
  const graph = createGraph()
  const input = graph.input('x', 'float32', [ROWS, INPUTS])
  const y = cast(
    precision.linear(cast(input, precision.type), {
      tensor: 'w',
      name: 'w',
      biasName: 'b',
      inputs: INPUTS,
      outputs: OUTPUTS,
      isBehindNorm: false,
      rows: async () => weights,
      bias: async () => bias,
    }),
    'float32',
  )
  assert.deepEqual(y.shape, [ROWS, OUTPUTS])
  const feeds = { x: new Tensor('float32', x, [ROWS, INPUTS]) }
  const { [y.name]: result } = await runGraph(graph, feeds, [y.name], { asServed: true })
  assert.deepEqual(result!.dims, [ROWS, OUTPUTS])
  return result!.data as Float32Array
}

/** Σ x·w + b in double precision. */
const product = (
  x: (row: number, input: number) => number,
  w: (output: number, input: number) => number,
  bias: Float32Array,
): number[] =>
  Array.from({ length: ROWS * OUTPUTS }, (_, index) => {
    const [row, output] = [Math.floor(index / OUTPUTS), index % OUTPUTS]
    let sum = bias[output]!
    for (let input = 0; input < INPUTS; input++) sum += x(row, input) * w(output, input)
    return sum
  })

const assertNear = (found: Float32Array, expected: readonly number[], within: number): void => {
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs(found[index]! - value) <= within, `${found[index]} for ${value}, at ${index}`)
}

describe('a linear layer in a precision', () => {
  const x = randomNumbers(ROWS * INPUTS, 11).map((value) => 3 * value + 0.5)
  const weights = randomNumbers(OUTPUTS * INPUTS, 12).map((value, i) => value * (1 + Math.floor(i / INPUTS)))
  const bias = randomNumbers(OUTPUTS, 13)

  it('int8 is the product of the rounded numbers, to the last bits of fp32', async () => {
    const scales = rowScales(weights, INPUTS)
    const [least, most] = [Math.min(0, ...x), Math.max(0, ...x)]
    const step = Math.fround((most - least) / 255)
    const zero = Math.round(-least / step)
    const roundedX = (row: number, input: number) =>
      step * (Math.min(Math.max(Math.round(x[row * INPUTS + input]! / step) + zero, 0), 255) - zero)
    const roundedW = (output: number, input: number) =>
      scales[output]! * Math.round(weights[output * INPUTS + input]! / scales[output]!)
    const found = await run(int8(NO_BALANCE), x, weights, bias)
    assertNear(found, product(roundedX, roundedW, bias), 1e-4)
  })

  it('two int8 products fit into 16 bits, so that a CPU without VNNI saturates nothing', async () => {
    assert.ok(2 * 255 * WEIGHT_LEVELS <= 2 ** 15 - 1)
    // The largest there is: every activation at 255, every weight at its end.
    const [all, ends] = [new Float32Array(ROWS * INPUTS).fill(1), new Float32Array(OUTPUTS * INPUTS).fill(-2)]
    const found = await run(int8(NO_BALANCE), all, ends, bias)
    assertNear(
      found,
      product(
        () => 1,
        () => -2,
        bias,
      ),
      1e-3,
    )
  })

  it('int8 rounds a row of zeros to zeros', async () => {
    const none = weights.map((value, i) => (i < INPUTS ? 0 : value))
    const found = await run(int8(NO_BALANCE), x, none, bias)
    for (let row = 0; row < ROWS; row++) assert.equal(found[row * OUTPUTS], bias[0])
  })

  it('int4 is the product with the weights that its bytes stand for', async () => {
    // Whole numbers with a 127 in every block: the operator's own rounding of activations leaves them as they are.
    const whole = x.map((value, i) => (i % BLOCK === 0 ? 127 : Math.round(20 * value)))
    const [packed, scales] = [packBlocks(weights), blockScales(weights)]
    const unpacked = (output: number, input: number) => {
      const index = output * INPUTS + input
      const byte = packed[index >> 1]!
      return (((index & 1) === 0 ? byte & 15 : byte >> 4) - 8) * scales[Math.floor(index / BLOCK)]!
    }
    const found = await run(int4(NO_BALANCE), whole, weights, bias)
    assertNear(
      found,
      product((row, input) => whole[row * INPUTS + input]!, unpacked, bias),
      0.02,
    )
  })

  it('int4 keeps every weight within half a step, at the end without a level of its own within one', () => {
    const [packed, scales] = [packBlocks(weights), blockScales(weights)]
    for (const [index, weight] of weights.entries()) {
      const level = (index & 1) === 0 ? packed[index >> 1]! & 15 : packed[index >> 1]! >> 4
      const step = scales[Math.floor(index / BLOCK)]!
      const allowed = weight / step > 7.5 ? 1 : 0.5
      assert.ok(Math.abs(weight - (level - 8) * step) <= allowed * Math.abs(step) * 1.0001)
    }
    assert.deepEqual([...packBlocks(new Float32Array(BLOCK))], new Array(BLOCK / 2).fill(0x88))
  })

  it('fp16 is the product of numbers rounded to fp16', async () => {
    const found = await run(FP16, x, weights, bias)
    const exact = product(
      (r, i) => x[r * INPUTS + i]!,
      (o, i) => weights[o * INPUTS + i]!,
      bias,
    )
    const size = Math.max(...exact.map(Math.abs))
    assertNear(found, exact, size * 2 ** -9)
  })

  it('fp16 as a GPU computes it is rounded to fp16 on the CPU, too, and ends where fp16 does', async () => {
    const found = await run(FP16_ON_GPU, x, weights, bias)
    assertNear(found, [...(await run(FP16, x, weights, bias))], Math.max(...found.map(Math.abs)) * 2 ** -9)
    // fp16 has 10 bits of fraction, of float32's 23.
    for (const bits of new Uint32Array(found.buffer, found.byteOffset, found.length))
      assert.equal(bits & 0x1fff, 0)
    const large = await run(FP16_ON_GPU, x.with(0, 70_000), weights, bias)
    assert.ok(large.subarray(0, OUTPUTS).every((value) => !Number.isFinite(value)))
    assert.ok(large.subarray(OUTPUTS).every(Number.isFinite))
  })

  it('a weight beyond fp16 is refused, naming it', () =>
    assert.rejects(run(FP16, x, weights.with(3, 70_000), bias), {
      code: 'MODEL_PRECISION',
      message: /w holds the weight 7\.000e\+4.*65504/,
    }))
})
