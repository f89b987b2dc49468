import { join } from 'node:path'
import { openWhole } from '../../models/open.ts'
import { chosenClass, classOf, readTextFeatures } from '../../models/text-features.ts'
// Not from backends/index.ts, which brings onnxruntime along: it belongs in the thread alone.
import { openInThread } from '../backends/in-thread.ts'
import type { Backend } from '../backends/index.ts'
import type { ProcessSettings } from '../protocol.ts'
import type { ModelFacts } from '../types.ts'
import { runSelfTest } from './self-test.ts'

/** A model that has shown that it gives what its manifest promises. */
export interface LoadedModel {
  readonly facts: ModelFacts
  readonly backend: Backend
  /**
   * The class that an image is compared with, and its text features [2, D]; both null for a model that takes no class names.
   * @param className null = the model's default
   * @throws MODEL_CLASS
   */
  textOf(className: string | null): TextOfClass
}

export interface TextOfClass {
  readonly className: string | null
  readonly text: Float32Array | null
}

export type LoadModel = (
  settings: Pick<ProcessSettings, 'model' | 'device' | 'threads'>,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST */
export const loadModel: LoadModel = async ({ model: folder, device, threads }) => {
  const manifest = await openWhole(folder)
  const { name, method, version, imageSize } = manifest
  const backend = await openInThread(join(folder, 'model.onnx'), { device, threads, imageSize })
  const features = manifest.text === null ? null : await readTextFeatures(folder, manifest.text)
  const textOf = (wanted: string | null): TextOfClass => {
    const className = wanted === null ? classOf(manifest, null) : chosenClass(manifest, wanted)
    return { className, text: className === null ? null : features!.get(className)! }
  }
  await runSelfTest(folder, manifest, backend, textOf(null).text)
  return { facts: { name, method, version, imageSize }, backend, textOf }
}
