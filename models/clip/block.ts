import { codedError } from '../../errors/index.ts'
import type { Graph, Value } from '../graph/index.ts'
import { type Activation, activate, add, type Formulation, layerNorm, matMul } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'

/** Side of the squares in which a matrix is transposed, so that both sides stay in the cache. */
const TILE = 32

/** [rows, columns] → [columns, rows] */
const transposed = (matrix: Float32Array, rows: number, columns: number): Float32Array => {
  const result = new Float32Array(matrix.length)
  for (let row0 = 0; row0 < rows; row0 += TILE)
    for (let column0 = 0; column0 < columns; column0 += TILE)
      for (let row = row0; row < Math.min(row0 + TILE, rows); row++)
        for (let column = column0; column < Math.min(column0 + TILE, columns); column++)
          result[column * rows + row] = matrix[row * columns + column]!
  return result
}

/** Weights of one part of CLIP as constants of a graph. */
export interface Weights {
  /** A tensor as it stands in the file; its shape must be the given one. */
  tensor(name: string, shape: readonly number[]): Value
  /** `x·Wᵀ + b` for a layer stored as [out, in], its rows `from` … `from + outputs`; W is transposed when it is written. */
  linear(x: Value, name: LinearNames, size: LinearSize): Value
}

export interface LinearNames {
  readonly weight: string
  readonly bias: string
}

export interface LinearSize {
  readonly inputs: number
  readonly outputs: number
  /** Which of the stored rows; all of them when absent. */
  readonly rows?: { readonly from: number; readonly of: number }
}

export const weightsFor = (graph: Graph, file: WeightsFile): Weights => {
  // Query, key and value lie in one tensor: the last one read is kept, as the three are asked for in a row.
  let last: { name: string; data: Promise<Float32Array> } | undefined
  const read = (name: string): Promise<Float32Array> => {
    if (last?.name !== name) last = { name, data: file.read(name) }
    return last.data
  }
  const check = (name: string, expected: readonly number[]): void => {
    const { shape } = file.info(name)
    if (shape.join() !== expected.join())
      throw codedError(
        'WEIGHTS_TENSOR_SHAPE',
        `tensor "${name}" of ${file.file} is [${shape.join(', ')}]; the other tensors call for [${expected.join(', ')}]. ` +
          'The file mixes two models or is damaged.',
      )
  }
  return {
    tensor(name, shape) {
      check(name, shape)
      return graph.weight(name, shape, () => file.read(name))
    },
    linear(x, { weight, bias }, { inputs, outputs, rows = { from: 0, of: outputs } }) {
      check(weight, [rows.of, inputs])
      check(bias, [rows.of])
      const { from } = rows
      const part = rows.of === outputs ? '' : `[${from}:${from + outputs}]`
      const w = graph.weight(`${weight}${part}.T`, [inputs, outputs], async () =>
        transposed((await read(weight)).subarray(from * inputs, (from + outputs) * inputs), outputs, inputs),
      )
      const b = graph.weight(`${bias}${part}`, [outputs], async () =>
        (await read(bias)).subarray(from, from + outputs),
      )
      return add(matMul(x, w), b)
    },
  }
}

/** One residual block of either tower; all values are [N, T, width]. */
export interface Block {
  norm1(x: Value): Value
  /** Of `norm1(x)`. */
  query(x: Value): Value
  key(x: Value): Value
  value(x: Value): Value
  outProj(x: Value): Value
  /** x + c_proj(activation(c_fc(ln_2(x)))) */
  feedForward(x: Value): Value
}

/** @param prefix for example `visual.transformer.resblocks.0` */
export const residualBlock = (
  weights: Weights,
  prefix: string,
  width: number,
  { activation, formulation }: { readonly activation: Activation; readonly formulation: Formulation },
): Block => {
  const norm = (name: string) => (x: Value) =>
    layerNorm(
      x,
      weights.tensor(`${prefix}.${name}.weight`, [width]),
      weights.tensor(`${prefix}.${name}.bias`, [width]),
    )
  const inProj = { weight: `${prefix}.attn.in_proj_weight`, bias: `${prefix}.attn.in_proj_bias` }
  const third = (index: number) => (x: Value) =>
    weights.linear(x, inProj, { inputs: width, outputs: width, rows: { from: index * width, of: 3 * width } })
  const dense = (name: string, inputs: number, outputs: number) => (x: Value) =>
    weights.linear(
      x,
      { weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias` },
      { inputs, outputs },
    )
  const norm2 = norm('ln_2')
  const widen = dense('mlp.c_fc', width, 4 * width)
  const narrow = dense('mlp.c_proj', 4 * width, width)
  return {
    norm1: norm('ln_1'),
    query: third(0),
    key: third(1),
    value: third(2),
    outProj: dense('attn.out_proj', width, width),
    feedForward: (x) => add(x, narrow(activate(widen(norm2(x)), activation, formulation))),
  }
}
