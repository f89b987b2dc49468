import { mapInOrder } from '../../engine/in-order.ts'
import { messageOf } from '../../errors/index.ts'
import { IMAGES_IN_FLIGHT } from '../detect/detect.ts'
import { engineForFiles } from '../engine.ts'
import type { Chosen } from '../evaluate/models.ts'
import { aurocOf, changeOf, type ModelChange, type Output } from './change.ts'
import type { BenchImage } from './images.ts'
import type { RunOptions } from './options.ts'

/** What each model says of the images, held against the first one that runs; a model that fails says why, and the others go on. */
export const compareModels = async (
  models: readonly Chosen[],
  images: readonly BenchImage[],
  options: RunOptions,
): Promise<ModelChange[]> => {
  const labels = images.flatMap(({ label }) => (label === null ? [] : [label]))
  const changes: ModelChange[] = []
  let reference: readonly Output[] | null = null
  for (const [index, model] of models.entries()) {
    const { name } = model
    options.progress.show('comparing', index / models.length, name)
    try {
      const outputs = await outputsOf(model, images, options)
      const scores = outputs.map(({ score }) => score)
      changes.push({
        name,
        change: reference && changeOf(reference.map((output, image) => [output, outputs[image]!])),
        auroc: labels.length === images.length ? aurocOf(scores, labels) : null,
        failure: null,
      })
      reference ??= outputs
    } catch (error) {
      options.signal.throwIfAborted()
      changes.push({ name, change: null, auroc: null, failure: messageOf(error) })
    }
  }
  options.progress.end()
  return changes
}

const outputsOf = async (
  model: Chosen,
  images: readonly BenchImage[],
  { device, classFor, signal }: RunOptions,
): Promise<Output[]> => {
  const bytes = images.map(({ input }) => input.data.byteLength)
  const engine = engineForFiles({
    model: model.folder,
    device,
    server: null,
    bytesInFlight: IMAGES_IN_FLIGHT * Math.max(...bytes),
    signal,
  })
  const className = classFor(model)
  try {
    await engine.ready
    const outputs: Output[] = []
    const inspect = async ({ input }: BenchImage) =>
      engine.infer({ image: input, ...(className === null ? {} : { className }) }).then(
        (inference) => ({ inference }),
        (error: unknown) => ({ error }),
      )
    for await (const result of mapInOrder(images, IMAGES_IN_FLIGHT, inspect)) {
      if ('error' in result) throw result.error
      outputs.push({ score: result.inference.score, map: result.inference.map })
    }
    return outputs
  } finally {
    await engine.close()
  }
}
