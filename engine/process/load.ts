import { join } from 'node:path'
import { openWhole } from '../../models/open.ts'
import { chosenClass, classOf, readTextFeatures } from '../../models/text-features.ts'
import { type Backend, openOnnxruntime, type RemoteBackend } from '../backends/index.ts'
import { openKserve } from '../backends/kserve/index.ts'
import type { ProcessSettings } from '../protocol.ts'
import type { ModelFacts } from '../types.ts'
import { runSelfTest } from './self-test.ts'

/** A model that has shown that it gives what its manifest promises. */
export interface LoadedModel {
  readonly facts: ModelFacts
  /** A remote one runs the self-test by itself, before anything that it says counts. */
  readonly backend: Backend | RemoteBackend
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
  settings: Pick<ProcessSettings, 'model' | 'device' | 'threads' | 'server'>,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST, ENGINE_SERVER_TLS */
export const loadModel: LoadModel = async ({ model: folder, device, threads, server }) => {
  const manifest = await openWhole(folder, { withGraph: server === null })
  const { name, method, version, imageSize } = manifest
  const features = manifest.text === null ? null : await readTextFeatures(folder, manifest.text)
  const textOf = (wanted: string | null): TextOfClass => {
    const className = wanted === null ? classOf(manifest, null) : chosenClass(manifest, wanted)
    return { className, text: className === null ? null : features!.get(className)! }
  }
  const selfTest = (backend: Backend) => runSelfTest(folder, manifest, backend, textOf(null).text)
  const backend =
    server === null
      ? await openOnnxruntime(join(folder, 'model.onnx'), { device, threads, imageSize })
      : await openKserve(server, { model: manifest, selfTest })
  if (server === null) await selfTest(backend)
  return { facts: { name, method, version, imageSize }, backend, textOf }
}
