import type { ClipDimensions } from '../models/clip/dimensions.ts'
import { type Graph, type Node, neededNodes } from '../models/graph/graph.ts'
import { elementsOf, type Shape } from '../models/graph/tensor.ts'
import type { ModelManifest } from '../models/manifest.ts'
import { METHODS, methodGraph } from '../models/methods/index.ts'
import type { WeightsFile } from '../models/weights/index.ts'

/** Of a node's matrix products for one image; what has none counts nothing. */
const flopsOfNode = (graph: Graph, { op, inputs, outputs }: Node): number => {
  const shape = (name: string): Shape => graph.values.get(name)!.shape
  switch (op) {
    case 'MatMul':
      return 2 * elementsOf(shape(outputs[0]!)) * Number(shape(inputs[0]!).at(-1))
    // q·kᵀ and weights·v: each of the tokens meets each, over the whole width.
    case 'MultiHeadAttention':
      return 4 * elementsOf(shape(inputs[0]!)) * Number(shape(inputs[1]!)[1])
    default:
      return 0
  }
}

/** Floating-point operations that matrix products take for one image, a multiplication and an addition each, of what the outputs need. */
export const flopsOf = (graph: Graph, outputs: readonly string[]): number =>
  neededNodes(graph, outputs).reduce((sum, node) => sum + flopsOfNode(graph, node), 0)

/** The same of a built model's score and map. @param clip whose shapes are those of the model */
export const flopsOfModel = (
  manifest: ModelManifest,
  clip: WeightsFile,
  dimensions: ClipDimensions,
): number => {
  const files = { clip, dimensions, prompts: null, linear: null, activation: manifest.activation }
  const text = new Float32Array(2 * dimensions.embed)
  const settings = { ...manifest, formulation: manifest.attention }
  return flopsOf(methodGraph(METHODS[manifest.method], files, text, settings), ['score', 'map'])
}
