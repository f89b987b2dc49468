import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import { embedPrompts } from '../clip/learnt-context.ts'
import { textTower } from '../clip/text.ts'
import { createGraph, runGraph, type Value } from '../graph/index.ts'
import { l2Normalize } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import type { Method, MethodFiles } from './method.ts'
import { WITHOUT_DPAM } from './without-dpam.ts'

/** Where CoOp's checkpoints hold the context [E, width], in their `state_dict`. */
export const CONTEXT = 'ctx'

const STATES = ['normal', 'anomalous'] as const

/** What stands behind the context in the prompts of a class, normal and anomalous. */
export const endingsOf = (className: string): readonly string[] =>
  STATES.map((state) => `${state} ${className}.`)

/** The context [E, width] of a checkpoint. @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_TENSOR_SHAPE where it does not belong to this CLIP */
export const readContext = async (file: WeightsFile, dimensions: ClipDimensions): Promise<Float32Array> => {
  const { shape } = file.info(CONTEXT)
  if (shape.length !== 2 || !shape[0] || shape[1] !== dimensions.text.width)
    throw codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `tensor "${CONTEXT}" of ${file.file} is [${shape.join(', ')}]; expected [E, ${dimensions.text.width}], one context for both states and ` +
        'all classes. It was learnt for another CLIP or with a context a class: take the weights that it belongs to.',
    )
  return file.read(CONTEXT)
}

/**
 * `SOT, [V]×E, "normal" | "anomalous", CLASS, ".", EOT` of each class.
 * @param context [E, width]
 * @returns [2 · classes, embed], normal and anomalous of the first class, of the second …, before normalisation
 * @throws TEXT_TOO_LONG
 */
export const contextFeatures = async (
  context: Value,
  { clip, dimensions, activation }: Pick<MethodFiles, 'clip' | 'dimensions' | 'activation'>,
  classNames: readonly string[],
): Promise<Value> => {
  const prompts = classNames.flatMap((className) =>
    endingsOf(className).map((ending) => ({ learnt: context, ending })),
  )
  const tooLong = (tokens: number): Error =>
    codedError(
      'TEXT_TOO_LONG',
      `the ${context.shape[0]} learnt tokens and "${classNames.join('", "')}" make ${tokens}; CLIP reads ${dimensions.text.context} tokens. ` +
        'Shorten the class name.',
    )
  const { embedded, ends } = await embedPrompts(context.graph, clip, dimensions, prompts, tooLong)
  return textTower(embedded, clip, dimensions, { activation, ends })
}

const textFeatures = async (files: MethodFiles, className: string): Promise<Float32Array> => {
  const { width } = files.dimensions.text
  const learnt = await readContext(files.prompts!, files.dimensions)
  const graph = createGraph()
  const context = graph.constant('float32', [learnt.length / width, width], learnt)
  const features = l2Normalize(await contextFeatures(context, files, [className]))
  const { [features.name]: result } = await runGraph(graph, {}, [features.name])
  return Float32Array.from(result!.data as Float32Array)
}

/**
 * CoOp: a context learnt in place of written words, in front of a state and a class name. Source: Zhou et al., IJCV 2022, in the form that
 * AnomalyCLIP's paper compares itself with; scored like AnomalyCLIP.
 */
export const coop: Method = {
  name: 'coop',
  needs: 'prompts',
  takesClassNames: true,
  ...WITHOUT_DPAM,
  textFeatures,
}
