import type { Graph } from '../models/graph/index.ts'

/** A step of training as a graph: the parameters and names of `BATCH` come in. */
export interface StepGraph {
  readonly graph: Graph
  /** Names of the losses of the batch [1]: of the images and, weighted as they are summed, of the maps. */
  readonly losses: { readonly images: string; readonly maps?: string }
  /** Name of the gradient by each parameter. */
  readonly gradients: ReadonlyMap<string, string>
}

/** Inputs that are of a batch, not learnt. */
export const BATCH = {
  /** float32 [N, embed], L2-normalised: class rows of the images. */
  images: 'images',
  /** float32 [N, T, grid², embed], L2-normalised. */
  patches: 'patches',
  /** float32 [N, S, S], 1 = anomalous. */
  masks: 'masks',
  /** float32 [N, 2], one-hot: normal, anomalous. */
  labels: 'labels',
  /** float32 [N, classes], one-hot, where prompts name classes. */
  classes: 'classes',
  /** float32 [N]: 1/N each, so that a short last batch is averaged over as many as it has. */
  shares: 'shares',
  /** float32 [N]: the same in the maps' losses; 0 of an image whose defect nobody has drawn. */
  mapShares: 'mapShares',
} as const
