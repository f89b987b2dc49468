import { join } from 'node:path'
import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import { unfitForServer } from '../../models/export/on-server.ts'
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
import { largestBatchOf, testedTogether } from './batch-size.ts'
import { asCompiledError, checkCompiled } from './compiled.ts'
import { firstUsable } from './first-usable.ts'
import { checkOperators } from './operators.ts'
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
  settings: Pick<ProcessSettings, 'model' | 'device' | 'fallback' | 'threads' | 'server' | 'maxBatch'>,
  onStep: OnStep,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_GPU, ENGINE_OPTIONS, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST, ENGINE_SERVER_TLS */
export const loadModel: LoadModel = async (settings, onStep) => {
  const { model: folder, device, fallback, threads, server, maxBatch } = settings
  onStep('reading', null)
  const manifest = await openWhole(folder, { withGraph: server === null })
  const { name, method, version, imageSize } = manifest
  const features = manifest.text === null ? null : await readTextFeatures(folder, manifest.text)
  const textOf = (wanted: string | null): TextOfClass => {
    const className = wanted === null ? classOf(manifest, null) : chosenClass(manifest, wanted)
    return { className, text: className === null ? null : features!.get(className)! }
  }
  let found: SelfTest
  const selfTest = async (backend: Backend, together: () => number): Promise<void> => {
    found = await runSelfTest(folder, manifest, backend, { text: textOf(null).text, together })
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
    return loaded(await openKserve(server, { model: manifest, selfTest, maxBatch }), [])
  }

  const { opened, passedOver } = await firstUsable([device, ...fallback], async (candidate) => {
    onStep('loading', candidate)
    checkOperators(manifest, candidate)
    await checkCompiled(manifest, candidate, thisMachine())
    const opened = await openInThread(join(folder, 'model.onnx'), {
      device: candidate,
      threads,
      imageSize,
    }).catch((error: unknown) => {
      throw asCompiledError(manifest, error)
    })
    const largestBatch = largestBatchOf(manifest, candidate)
    const backend = withLargestBatch(opened, largestBatch)
    try {
      onStep('checking', candidate)
      await selfTest(backend, () => testedTogether(candidate, Math.min(maxBatch, largestBatch)))
      return backend
    } catch (error) {
      await backend.close()
      throw isCodedError(error, 'ENGINE_INFERENCE')
        ? codedError(
            'ENGINE_DEVICE',
            `"${candidate}" has loaded the model and cannot run it: ${messageOf(error)}`,
            {
              cause: error,
            },
          )
        : error
    }
  })
  return loaded(opened, passedOver)
}
