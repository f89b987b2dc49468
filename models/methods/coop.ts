import { codedError } from '../../errors/index.ts'
import { tokenRows } from '../clip/encode-text.ts'
import { bilinearMatrix } from '../clip/positions.ts'
import { textTower } from '../clip/text.ts'
import { tokenize } from '../clip/tokenizer.ts'
import { createGraph, runGraph } from '../graph/index.ts'
import { l2Normalize } from '../graph/ops/index.ts'
import { patchHead } from './heads.ts'
import type { Method, MethodFiles } from './method.ts'

/** Where CoOp's checkpoints hold the context [E, width], in their `state_dict`. */
const CONTEXT = 'ctx'

const STATES = ['normal', 'anomalous'] as const

/** @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_TENSOR_SHAPE where it does not belong to this CLIP */
const readContext = async ({ prompts, dimensions }: MethodFiles): Promise<Float32Array> => {
  const file = prompts!
  const { shape } = file.info(CONTEXT)
  if (shape.length !== 2 || !shape[0] || shape[1] !== dimensions.text.width)
    throw codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `tensor "${CONTEXT}" of ${file.file} is [${shape.join(', ')}]; expected [E, ${dimensions.text.width}], one context for both states and ` +
        'all classes. It was learnt for another CLIP or with a context a class: take the weights that it belongs to.',
    )
  return file.read(CONTEXT)
}

/** `SOT, [V]×E, "normal" | "anomalous", CLASS, ".", EOT` for the two states. */
const textFeatures = async (files: MethodFiles, className: string): Promise<Float32Array> => {
  const { clip, dimensions, activation } = files
  const { width, context } = dimensions.text
  const learnt = await readContext(files)
  const count = learnt.length / width
  const texts = STATES.map((state) => tokenize(`${state} ${className}.`))
  const ends = texts.map((tokens) => count + tokens.length - 1)
  const length = Math.max(...ends) + 1
  if (length > context)
    throw codedError(
      'TEXT_TOO_LONG',
      `the ${count} learnt tokens and "${className}" make ${length}; CLIP reads ${context} tokens. Shorten the class name.`,
    )
  const rowOf = await tokenRows(clip, dimensions)
  const embedded = new Float32Array(STATES.length * length * width)
  for (const [state, [start, ...rest]] of texts.entries()) {
    const put = (position: number, rows: Float32Array): void =>
      embedded.set(rows, (state * length + position) * width)
    put(0, rowOf(start!))
    put(1, learnt)
    for (const [i, token] of rest.entries()) put(1 + count + i, rowOf(token))
  }
  const graph = createGraph()
  const input = graph.constant('float32', [STATES.length, length, width], embedded)
  const features = l2Normalize(textTower(input, clip, dimensions, { activation, ends }))
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
  defaults: ({ vision }) => ({ imageSize: 518, features: [vision.layers], dpamLayers: 0, sigma: 4 }),
  resize: bilinearMatrix,
  textFeatures,
  head: patchHead,
}
