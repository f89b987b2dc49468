import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { unfitForServer } from '../../models/export/on-server.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { openWhole } from '../../models/open.ts'
import { chosenClass, classOf, readTextFeatures } from '../../models/text-features.ts'
// Not from backends/index.ts, which brings onnxruntime along: it belongs in the thread alone.
import { openInThread } from '../backends/in-thread.ts'
import { openKserve } from '../backends/kserve/index.ts'
import { withLargestBatch } from '../backends/largest-batch.ts'
import type { Backend, RemoteBackend } from '../backends/types.ts'
import { thisMachine } from '../machine/index.ts'
import type { ProcessSettings } from '../protocol.ts'
import type { Device, LoadReport, LoadStep, ModelFacts, PassedOver, SelfTest } from '../types.ts'
import { asCompiledError, checkCompiled } from './compiled.ts'
import { firstUsable } from './first-usable.ts'
import { runSelfTest } from './self-test.ts'

/** A model that has shown that it gives what its manifest promises. */
export interface LoadedModel {
  readonly facts: ModelFacts
  /** A remote one runs the self-test by itself, before anything that it says counts. */
  readonly backend: Backend | RemoteBackend
  /** How it came to run there, with what the last self-test found. */
  report(): LoadReport
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

/** Told when a step begins, with the device that it is about; null = about none. */
export type OnStep = (step: LoadStep, device: Device | null) => void

export type LoadModel = (
  settings: Pick<ProcessSettings, 'model' | 'device' | 'fallback' | 'threads' | 'server'>,
  onStep: OnStep,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_GPU, ENGINE_OPTIONS, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST, ENGINE_SERVER_TLS */
export const loadModel: LoadModel = async ({ model: folder, device, fallback, threads, server }, onStep) => {
  onStep('reading', null)
  const manifest = await openWhole(folder, { withGraph: server === null })
  const { name, method, version, imageSize } = manifest
  const features = manifest.text === null ? null : await readTextFeatures(folder, manifest.text)
  const textOf = (wanted: string | null): TextOfClass => {
    const className = wanted === null ? classOf(manifest, null) : chosenClass(manifest, wanted)
    return { className, text: className === null ? null : features!.get(className)! }
  }
  let found: SelfTest
  const selfTest = async (backend: Backend): Promise<void> => {
    found = await runSelfTest(folder, manifest, backend, textOf(null).text)
  }
  const loaded = (backend: Backend | RemoteBackend, passedOver: readonly PassedOver[]): LoadedModel => ({
    facts: { name, method, version, imageSize },
    backend,
    report: () => ({ selfTest: found, passedOver }),
    textOf,
  })
  if (server !== null) {
    const unfit = unfitForServer(manifest)
    if (unfit !== null) throw codedError('ENGINE_OPTIONS', `"${name}" cannot run on a server: ${unfit}.`)
    return loaded(await openKserve(server, { model: manifest, selfTest }), [])
  }

  const { opened, passedOver } = await firstUsable([device, ...fallback], async (candidate) => {
    onStep('loading', candidate)
    await checkCompiled(manifest, candidate, thisMachine())
    const opened = await openInThread(join(folder, 'model.onnx'), {
      device: candidate,
      threads,
      imageSize,
    }).catch((error: unknown) => {
      throw asCompiledError(manifest, error)
    })
    const backend = withLargestBatch(opened, largestBatchOf(manifest))
    try {
      onStep('checking', candidate)
      await selfTest(backend)
      return backend
    } catch (error) {
      await backend.close()
      throw error
    }
  })
  return loaded(opened, passedOver)
}

/** An int8 model's activations have one scale for a whole batch: an image's result would depend on those that it is run with. */
const largestBatchOf = ({ precision, engine }: ModelManifest): number =>
  precision === 'int8' ? 1 : (engine?.largestBatch ?? Number.POSITIVE_INFINITY)
