import { visionTower } from '../clip/vision.ts'
import { createGraph, type Graph } from '../graph/index.ts'
import { l2Normalize, reshape, stack } from '../graph/ops/index.ts'
import { FP32 } from '../precision/index.ts'
import { patchesOf } from './heads.ts'
import type { Method, MethodFiles, MethodSettings } from './method.ts'

/**
 * A whole model, from pixels to score and map, as one graph with the inputs and outputs of docs/model-file.md.
 * @param text [2, embed] to be folded in as a constant; null makes it the input `text`, for methods that take class names
 */
export const methodGraph = (
  method: Method,
  files: MethodFiles,
  text: Float32Array | null,
  settings: MethodSettings,
  precision = FP32,
): Graph => {
  const graph = createGraph()
  const { clip, dimensions } = files
  const { imageSize, features, dpamLayers, memoryLayers, formulation, activation } = settings
  const { layers, width } = dimensions.vision
  const image = graph.input('image', 'uint8', ['N', imageSize, imageSize, 3])
  const given = text === null ? graph.input('text', 'float32', [2, dimensions.embed]) : null
  const tower = visionTower(image, clip, dimensions, {
    imageSize,
    dpamLayers,
    activation,
    formulation,
    resize: method.resize,
    precision,
    wholeLastLayer: memoryLayers.includes(layers) || (dpamLayers === 0 && features.includes(layers)),
  })
  const { grid } = tower
  graph.scope('head', () => {
    const pair = given ?? graph.constant('float32', [2, dimensions.embed], text!)
    const memory = memoryLayers.map((layer) => l2Normalize(patchesOf(tower.original(layer), tower)))
    if (memory.length > 0)
      graph.output('patches', reshape(stack(memory, 1), ['N', memory.length, grid, grid, width]))
    const head = method.head(tower, pair, settings, files)
    graph.output('grid', head.grid)
    graph.output('score', head.score)
    // The last output is what onnxruntime computes first: with it, all layers are done one by one, and the others find what they need.
    graph.output('map', head.map)
  })
  return graph
}
