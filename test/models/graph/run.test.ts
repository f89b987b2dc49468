import assert from 'node:assert/strict'
import { createGraph, runGraph, type Value } from '../../../models/graph/index.ts'
import {
  add,
  concat,
  l2Normalize,
  matMul,
  mean,
  pad,
  reshape,
  slice,
  softmax,
  stack,
  transpose,
} from '../../../models/graph/ops/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'

const feed = (shape: number[], data: number[]): Tensor =>
  new Tensor('float32', Float32Array.from(data), shape)

/** Runs one expression of an input x and gives its numbers and shape. */
const evaluate = async (shape: number[], data: number[], build: (x: Value) => Value) => {
  const graph = createGraph()
  const y = build(graph.input('x', 'float32', shape))
  const { [y.name]: result } = await runGraph(graph, { x: feed(shape, data) }, [y.name])
  assert.deepEqual(result!.dims, y.shape, 'the shape that the operation declares is the one it has')
  return [...(result!.data as Float32Array)]
}

describe('graph operations', () => {
  const square = [1, 2, 3, 4]

  it('declare the shapes that onnxruntime gives them', async () => {
    assert.deepEqual(await evaluate([2, 2], square, (x) => transpose(x, [1, 0])), [1, 3, 2, 4])
    assert.deepEqual(await evaluate([2, 2], square, (x) => slice(x, 1, 1, 2)), [2, 4])
    assert.deepEqual(await evaluate([2, 2], square, (x) => reshape(x, [4, 1])), square)
    assert.deepEqual(await evaluate([2, 2], square, (x) => pad(x, 0, { before: 1 })), [0, 0, ...square])
    assert.deepEqual(await evaluate([2, 2], square, (x) => mean(x, 0)), [2, 3])
    assert.deepEqual(await evaluate([2, 2], square, (x) => concat([x, x], 1)), [1, 2, 1, 2, 3, 4, 3, 4])
    assert.deepEqual(await evaluate([2, 2], square, (x) => stack([x, x], 1)), [1, 2, 1, 2, 3, 4, 3, 4])
    assert.deepEqual(await evaluate([2, 2], square, (x) => matMul(x, x)), [7, 10, 15, 22])
    assert.deepEqual(await evaluate([1, 2], [0, 0], softmax), [0.5, 0.5])
    assert.deepEqual(await evaluate([1, 2], [3, 4], l2Normalize), [3 / 5, 4 / 5].map(Math.fround))
  })

  it('refuse shapes that do not fit, naming both', () => {
    const graph = createGraph()
    const a = graph.input('a', 'float32', ['N', 3])
    const b = graph.input('b', 'float32', [2, 4])
    assert.throws(() => add(a, b), /\[N, 3\] and \[2, 4\]/)
    assert.throws(() => matMul(a, b), /\[N, 3\] and \[2, 4\]/)
    assert.throws(() => reshape(a, ['N', 4]), /\[N, 3\].*\[N, 4\]/)
    assert.throws(() => slice(a, 1, 2, 5), /2\.\.5/)
  })
})

describe('runGraph', () => {
  /** A chain of products with weights too large for one slice. */
  const chain = () => {
    const graph = createGraph()
    const size = 3000
    let loads = 0
    const weight = (name: string) =>
      graph.weight(name, [size, size], () => {
        loads += 1
        // A cyclic shift: every product moves the numbers one place on.
        const shift = new Float32Array(size * size)
        for (let row = 0; row < size; row++) shift[row * size + ((row + 1) % size)] = 1
        return shift
      })
    const x = graph.input('x', 'float32', [1, size])
    const once = matMul(x, weight('a'))
    const twice = matMul(once, weight('b'))
    const sum = add(matMul(twice, weight('c')), once)
    return { graph, size, sum, once, loads: () => loads }
  }

  it('carries values over from slice to slice', async () => {
    const { graph, size, sum, once } = chain()
    const x = new Float32Array(size).with(0, 1)
    const results = await runGraph(graph, { x: new Tensor('float32', x, [1, size]) }, [sum.name, once.name])
    const ones = (name: string) =>
      [...(results[name]!.data as Float32Array).entries()].filter(([, v]) => v === 1).map(([i]) => i)
    assert.deepEqual(ones(once.name), [1])
    assert.deepEqual(ones(sum.name), [1, 3])
  })

  it('loads only the constants that the fetched values need', async () => {
    const { graph, size, once, loads } = chain()
    await runGraph(graph, { x: new Tensor('float32', new Float32Array(size), [1, size]) }, [once.name])
    assert.equal(loads(), 1)
  })

  it('stops between slices when it is cancelled', async () => {
    const { graph, size, sum } = chain()
    const signal = AbortSignal.abort()
    await assert.rejects(
      runGraph(graph, { x: new Tensor('float32', new Float32Array(size), [1, size]) }, [sum.name], {
        signal,
      }),
      {
        name: 'AbortError',
      },
    )
  })
})
