/** Loads a model into a session as the engine does, or its graph as onnxruntime has optimised and saved it before. */
import { join } from 'node:path'
import { INFERENCE, openSession } from '../../engine/backends/index.ts'
import { MODEL_FILE } from '../../models/graph/index.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface LoadingRun {
  readonly ms: number
  readonly peakMB: number
}

const { folder, saved, from } = caseArguments<{
  folder: string
  saved: string
  from: 'model' | 'saved' | 'model, to be saved'
}>()
const file = join(from === 'saved' ? saved : folder, MODEL_FILE)
const options = {
  model: INFERENCE,
  'model, to be saved': {
    ...INFERENCE,
    optimizedModelFilePath: join(saved, MODEL_FILE),
    logSeverityLevel: 3,
    extra: { session: { optimized_model_external_initializers_file_name: 'model.onnx.data' } },
  },
  saved: { ...INFERENCE, graphOptimizationLevel: 'disabled' },
} as const
const ms = await msOf(() => openSession(file, 'cpu', options[from]))
console.log(JSON.stringify({ ms, peakMB: peakMegabytes() } satisfies LoadingRun))
