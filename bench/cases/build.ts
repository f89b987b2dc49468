/** Builds a model folder from weights. */
import { buildAnomalyClip } from '../../models/build.ts'
import type { Formulation } from '../../models/graph/ops/index.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface BuildRun {
  readonly seconds: number
  readonly peakMB: number
}

const options = caseArguments<{ clip: string; prompts: string; output: string; attention: Formulation }>()
const ms = await msOf(() => buildAnomalyClip(options))
console.log(JSON.stringify({ seconds: ms / 1000, peakMB: peakMegabytes() } satisfies BuildRun))
