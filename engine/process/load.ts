import { join } from 'node:path'
import { openWhole } from '../../models/open.ts'
import { chosenClass, classOf, readTextFeatures } from '../../models/text-features.ts'
import { type Backend, openOnnxruntime, withLargestBatch } from '../backends/index.ts'
import { thisMachine } from '../machine/index.ts'
import type { ProcessSettings } from '../protocol.ts'
import type { Device, LoadReport, LoadStep, ModelFacts } from '../types.ts'
import { asCompiledError, checkCompiled } from './compiled.ts'
import { firstUsable } from './first-usable.ts'
import { runSelfTest } from './self-test.ts'

/** A model that has shown that it gives what its manifest promises. */
export interface LoadedModel {
  readonly facts: ModelFacts
  readonly backend: Backend
  readonly loaded: LoadReport
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
  settings: Pick<ProcessSettings, 'model' | 'device' | 'fallback' | 'threads'>,
  onStep: OnStep,
) => Promise<LoadedModel>

/** @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_GPU, ENGINE_DEVICE, ENGINE_LOAD, ENGINE_SELF_TEST */
export const loadModel: LoadModel = async ({ model: folder, device, fallback, threads }, onStep) => {
  onStep('reading', null)
  const manifest = await openWhole(folder)
  const { name, method, version, imageSize } = manifest
  const features = manifest.text === null ? null : await readTextFeatures(folder, manifest.text)
  const textOf = (wanted: string | null): TextOfClass => {
    const className = wanted === null ? classOf(manifest, null) : chosenClass(manifest, wanted)
    return { className, text: className === null ? null : features!.get(className)! }
  }
  const { opened, passedOver } = await firstUsable([device, ...fallback], async (candidate) => {
    onStep('loading', candidate)
    await checkCompiled(manifest, candidate, thisMachine())
    const opened = await openOnnxruntime(join(folder, 'model.onnx'), {
      device: candidate,
      threads,
      imageSize,
    }).catch((error: unknown) => {
      throw asCompiledError(manifest, error)
    })
    const backend =
      manifest.engine === undefined ? opened : withLargestBatch(opened, manifest.engine.largestBatch)
    try {
      onStep('checking', candidate)
      return { backend, selfTest: await runSelfTest(folder, manifest, backend, textOf(null).text) }
    } catch (error) {
      await backend.close()
      throw error
    }
  })
  const { backend, selfTest } = opened
  const facts = { name, method, version, imageSize }
  return { facts, backend, loaded: { selfTest, passedOver }, textOf }
}
