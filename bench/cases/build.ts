/** Builds a model folder from weights: `build.ts CLIP PROMPTS OUTPUT fused|plain`. */
import { buildAnomalyClip } from '../../models/build.ts'
import type { Formulation } from '../../models/graph/ops/index.ts'
import { peakMegabytes, seconds } from '../measure.ts'

const [clip, prompts, output, attention] = process.argv.slice(2)
const took = await seconds(() =>
  buildAnomalyClip({ clip: clip!, prompts: prompts!, output: output!, attention: attention as Formulation }),
)
console.log(JSON.stringify({ seconds: took, peakMB: peakMegabytes() }))
