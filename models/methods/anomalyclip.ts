import { bilinearMatrix } from '../clip/positions.ts'
import { createGraph, runGraph, type Value } from '../graph/index.ts'
import { l2Normalize } from '../graph/ops/index.ts'
import { patchHead } from './heads.ts'
import { type LearntTokens, readPrompts } from './learnt-prompts.ts'
import type { Method } from './method.ts'
import { promptFeatures } from './prompt-features.ts'

/**
 * AnomalyCLIP: prompts learnt without class names, and DPAM's second path through the last layers.
 * Source: Zhou et al., ICLR 2024.
 */
export const anomalyClip: Method = {
  name: 'anomalyclip',
  needs: 'prompts',
  takesClassNames: false,
  // As published for 24 layers; the reference's `DPAM_layer=20` counts one more.
  defaults: ({ vision }) => ({
    imageSize: 518,
    features: [vision.layers],
    dpamLayers: Math.min(19, vision.layers - 1),
    sigma: 4,
  }),
  resize: bilinearMatrix,
  textFeatures: async ({ clip, dimensions, prompts, activation }) => {
    const graph = createGraph()
    const { normal, abnormal, deep } = await readPrompts(prompts!, dimensions)
    const constant = ({ shape, data }: LearntTokens): Value => graph.constant('float32', shape, data)
    const values = { normal: constant(normal), abnormal: constant(abnormal), deep: deep.map(constant) }
    const features = l2Normalize(await promptFeatures(values, clip, dimensions, activation))
    const { [features.name]: result } = await runGraph(graph, {}, [features.name])
    return Float32Array.from(result!.data as Float32Array)
  },
  head: patchHead,
}
