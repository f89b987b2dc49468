import { join } from 'node:path'
import { INFERENCE, openSession } from '../engine/backends/index.ts'
import { createGraph, MODEL_FILE, writeGraph } from '../models/graph/index.ts'
import { matMul, slice } from '../models/graph/ops/index.ts'
import { Tensor } from '../models/onnxruntime.ts'
import { msOf } from './measure.ts'

/** ViT-L's widest layer on the tokens of 518 px. */
const [ROWS, INNER, COLUMNS] = [1370, 1024, 4096]
/** As many weights as do not fit the caches, as in a model. */
const PRODUCTS = 4

const FLOPS = PRODUCTS * 2 * ROWS * INNER * COLUMNS

/** Numbers of either sign and about one size, the same in every run. */
const numbers = (count: number, size: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 2654435761) % 2 ** 32) / 2 ** 31 - 1) * size)

/** How fast onnxruntime multiplies the matrices of a ViT-L when it does nothing else: what all of the model is held against. */
export interface MatrixRate {
  /** Floating-point operations a second. */
  measure(): Promise<number>
  close(): Promise<void>
}

/**
 * Products with constant matrices, as a model's are. Only a row of each is handed out: copying them whole out of onnxruntime would count as
 * multiplying.
 * @param folder where the graph may lie
 */
export const openMatrixRate = async (folder: string): Promise<MatrixRate> => {
  const graph = createGraph()
  const x = graph.input('x', 'float32', [ROWS, INNER])
  const weight = numbers(INNER * COLUMNS, 1 / Math.sqrt(INNER))
  for (let i = 0; i < PRODUCTS; i++) {
    const product = matMul(
      x,
      graph.weight(`w${i}`, [INNER, COLUMNS], () => weight),
    )
    graph.output(`row${i}`, slice(product, 0, 0, 1))
  }
  await writeGraph(graph, { folder, name: 'matrix-rate', producer: 'bench' })
  const session = await openSession(join(folder, MODEL_FILE), 'cpu', INFERENCE)
  const feeds = { x: new Tensor('float32', numbers(ROWS * INNER, 1), [ROWS, INNER]) }
  return {
    measure: async () => FLOPS / ((await msOf(() => session.run(feeds))) / 1000),
    close: () => session.release(),
  }
}
