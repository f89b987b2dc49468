import { createGraph, gradients } from '../models/graph/index.ts'
import { l2Normalize, matMul, reshape, scale, softmax, transpose } from '../models/graph/ops/index.ts'
import { contextFeatures } from '../models/methods/coop.ts'
import type { MethodFiles } from '../models/methods/index.ts'
import { crossEntropy, weighted } from './loss.ts'
import { BATCH, type StepGraph } from './step.ts'

export interface CoopStepOptions extends Pick<MethodFiles, 'clip' | 'dimensions' | 'activation'> {
  /** E, learnt tokens, shared by both states and all classes. */
  readonly context: number
  /** Classes that the images are of; the input `classes` says which. */
  readonly classNames: readonly string[]
  /** What cosines are multiplied by. */
  readonly logitScale: number
}

/** One step of CoOp's learning: cross-entropy of the images, and its gradient by the context. Source: Zhou et al., IJCV 2022. */
export const coopStep = async ({
  context: tokens,
  classNames,
  logitScale,
  ...files
}: CoopStepOptions): Promise<StepGraph> => {
  const { text, embed } = files.dimensions
  const graph = createGraph()
  const context = graph.input('ctx', 'float32', [tokens, text.width])
  const images = graph.input(BATCH.images, 'float32', ['N', embed])
  const classes = graph.input(BATCH.classes, 'float32', ['N', classNames.length])
  const labels = graph.input(BATCH.labels, 'float32', ['N', 2])
  const shares = graph.input(BATCH.shares, 'float32', ['N'])
  const features = l2Normalize(await contextFeatures(context, files, classNames))
  // Each image meets the two prompts of its own class.
  const pairs = reshape(matMul(classes, reshape(features, [classNames.length, 2 * embed])), ['N', 2, embed])
  const cosines = matMul(pairs, transpose(reshape(images, ['N', 1, embed]), [0, 2, 1]))
  const states = softmax(scale(reshape(cosines, ['N', 2]), logitScale))
  const loss = weighted(crossEntropy(states, labels), shares)
  const [slope] = gradients(loss, [context])
  return { graph, losses: { images: loss.name }, gradients: new Map([['ctx', slope!.name]]) }
}
