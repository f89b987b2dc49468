/** Loads a model into a session as the engine does, or its graph as onnxruntime has optimised and saved it before; or only reads its weights. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { INFERENCE, openSession } from '../../engine/backends/index.ts'
import { DATA_FILE, MODEL_FILE } from '../../models/graph/index.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface LoadingRun {
  readonly ms: number
  readonly peakMB: number
}

const { folder, saved, from } = caseArguments<{
  folder: string
  saved: string
  from: 'model' | 'saved' | 'model, to be saved' | 'copy'
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
/** Into memory that nobody has used before, as packed weights are. */
const copy = async (): Promise<void> => {
  const handle = openSync(join(folder, DATA_FILE), 'r')
  const bytes = Buffer.allocUnsafeSlow(fstatSync(handle).size)
  for (let at = 0; at < bytes.length; ) at += readSync(handle, bytes, at, bytes.length - at, null)
  closeSync(handle)
}
const ms = await msOf(from === 'copy' ? copy : () => openSession(file, 'cpu', options[from]))
console.log(JSON.stringify({ ms, peakMB: peakMegabytes() } satisfies LoadingRun))
