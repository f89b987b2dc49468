import { join } from 'node:path'
import { readManifest, verifyFiles } from '../../models/open.ts'
import { type Backend, openOnnxruntime } from '../backends/index.ts'
import type { ProcessSettings } from '../protocol.ts'
import type { ModelFacts } from '../types.ts'
import { runSelfTest } from './self-test.ts'

/** A model that has shown that it gives what its manifest promises. */
export interface LoadedModel {
  readonly facts: ModelFacts
  readonly backend: Backend
}

export type LoadModel = (
  settings: Pick<ProcessSettings, 'model' | 'device' | 'threads'>,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST */
export const loadModel: LoadModel = async ({ model: folder, device, threads }) => {
  const manifest = await readManifest(folder)
  await verifyFiles(folder, manifest)
  const { name, method, version, imageSize } = manifest
  const backend = await openOnnxruntime(join(folder, 'model.onnx'), { device, threads, imageSize })
  await runSelfTest(folder, manifest, backend)
  return { facts: { name, method, version, imageSize }, backend }
}
