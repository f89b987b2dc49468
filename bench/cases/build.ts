/** Builds a model folder from weights. */
import { buildModel } from '../../models/build.ts'
import type { Formulation } from '../../models/graph/ops/index.ts'
import type { PrecisionName } from '../../models/precision/names.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface BuildRun {
  readonly seconds: number
  readonly peakMB: number
}

const options = caseArguments<{
  clip: string
  prompts: string
  output: string
  attention?: Formulation
  precision?: PrecisionName
  imageSize?: number
}>()
const ms = await msOf(() => buildModel({ method: 'anomalyclip', ...options }))
console.log(JSON.stringify({ seconds: ms / 1000, peakMB: peakMegabytes() } satisfies BuildRun))
