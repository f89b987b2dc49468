import { codedError } from '../../errors/index.ts'
import type { Graph, Value } from '../graph/index.ts'
import { type Activation, activate, add, cast, type Formulation, layerNorm, mul } from '../graph/ops/index.ts'
import { FP32, type Precision } from '../precision/index.ts'
import type { WeightsFile } from '../weights/index.ts'

/** Weights of one part of CLIP as constants of a graph. */
export interface Weights {
  readonly precision: Precision
  /** A tensor as it stands in the file; its shape must be the given one. */
  tensor(name: string, shape: readonly number[]): Value
  /** Gain or shift of a norm [width], divided as the layer behind it is balanced. @param layer name of that layer's weight */
  divided(name: string, width: number, layer: string): Value
  /**
   * `x·Wᵀ + b` for a layer stored as [out, in], its rows `from` … `from + outputs`, as the precision writes it. Where the layer is
   * balanced, x is divided already.
   */
  linear(x: Value, name: LinearNames, size: LinearSize): Value
}

export interface LinearNames {
  readonly weight: string
  readonly bias: string
}

export interface LinearSize {
  readonly inputs: number
  readonly outputs: number
  /** Default: no. */
  readonly isBehindNorm?: boolean
  /** Which of the stored rows; all of them when absent. */
  readonly rows?: { readonly from: number; readonly of: number }
}

/** Each row of a matrix, or a vector, times or divided by the same numbers; what has none stays as it is. */
const columnwise = (
  values: Float32Array,
  numbers: Float32Array | undefined,
  change: (value: number, number: number) => number,
): Float32Array =>
  numbers === undefined
    ? values
    : values.map((value, index) => change(value, numbers[index % numbers.length]!))

export const weightsFor = (graph: Graph, file: WeightsFile, precision: Precision = FP32): Weights => {
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
    precision,
    tensor(name, shape) {
      check(name, shape)
      return graph.weight(name, shape, () => file.read(name))
    },
    divided(name, width, layer) {
      check(name, [width])
      const by = precision.balance.get(layer)
      return graph.weight(name, [width], async () => columnwise(await file.read(name), by, (x, s) => x / s))
    },
    linear(x, { weight, bias }, { inputs, outputs, isBehindNorm = false, rows = { from: 0, of: outputs } }) {
      check(weight, [rows.of, inputs])
      check(bias, [rows.of])
      const { from } = rows
      const part = rows.of === outputs ? '' : `[${from}:${from + outputs}]`
      const by = precision.balance.get(weight)
      return precision.linear(x, {
        tensor: weight,
        name: `${weight}${part}`,
        biasName: `${bias}${part}`,
        inputs,
        outputs,
        isBehindNorm,
        rows: async () => {
          const rows = (await read(weight)).subarray(from * inputs, (from + outputs) * inputs)
          return columnwise(rows, by, (w, s) => w * s)
        },
        bias: async () => (await file.read(bias)).subarray(from, from + outputs),
      })
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
  const { type, balance } = weights.precision
  const norm = (name: string, layer: string) => (x: Value) =>
    cast(
      layerNorm(
        x,
        weights.divided(`${prefix}.${name}.weight`, width, layer),
        weights.divided(`${prefix}.${name}.bias`, width, layer),
      ),
      type,
    )
  const inProj = { weight: `${prefix}.attn.in_proj_weight`, bias: `${prefix}.attn.in_proj_bias` }
  const third = (index: number) => (x: Value) =>
    weights.linear(x, inProj, {
      inputs: width,
      outputs: width,
      isBehindNorm: true,
      rows: { from: index * width, of: 3 * width },
    })
  const namesOf = (name: string): LinearNames => ({
    weight: `${prefix}.${name}.weight`,
    bias: `${prefix}.${name}.bias`,
  })
  const wide = namesOf('mlp.c_fc')
  const widen = (x: Value): Value =>
    weights.linear(x, wide, { inputs: width, outputs: 4 * width, isBehindNorm: true })
  /** A layer that leads back to the stream: without a norm in front that its balance could be folded into, so that it is a product. */
  const leading = (name: string, inputs: number) => (x: Value) => {
    const names = namesOf(name)
    const by = balance.get(names.weight)
    const divided =
      by === undefined
        ? x
        : mul(
            x,
            x.graph.constant(
              'float32',
              [inputs],
              by.map((s) => 1 / s),
            ),
          )
    return cast(weights.linear(divided, names, { inputs, outputs: width }), 'float32')
  }
  const norm2 = norm('ln_2', wide.weight)
  const narrow = leading('mlp.c_proj', 4 * width)
  return {
    norm1: norm('ln_1', inProj.weight),
    query: third(0),
    key: third(1),
    value: third(2),
    outProj: leading('attn.out_proj', width),
    feedForward: (x) => add(x, narrow(activate(widen(norm2(x)), activation, formulation))),
  }
}
