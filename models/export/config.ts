import type { ModelManifest } from '../manifest.ts'
import { thisPackage } from '../package.ts'

export interface TritonSettings {
  /** Of the model on the server, and of its folder. */
  readonly name: string
  /** Images that Triton puts together at most; only for models without class names. */
  readonly maxBatch: number
}

/** Says in the `parameters` of Triton's configuration which version of the model was exported; whoever uses it compares. */
export const VERSION_PARAMETER = 'anomalyclip_version'

/**
 * Triton's configuration of a model, as protobuf text (`ModelConfig` in model_config.proto).
 *
 * A model that makes batches has all its tensors without their first dimension, and none may be left without any: scores, [N], are declared as one
 * number an image that the graph gives without that dimension (model_configuration.md, Reshape). Text features, [2, D], are of a whole request and have
 * no dimension for images, so that Triton cannot put requests together: a model that takes class names has `max_batch_size: 0` and dimensions that
 * are written out, and each request is a batch of its own.
 *
 * `grid` and `patches` are left out, as onnxruntime's backend computes every output that is declared, whether anybody asked for it or not.
 */
export const tritonConfig = (
  {
    imageSize: side,
    text,
    version,
    name: model,
  }: Pick<ModelManifest, 'imageSize' | 'text' | 'version' | 'name'>,
  { name, maxBatch }: TritonSettings,
): string => {
  const first = text === null ? [] : [-1]
  const image = tensor('image', 'TYPE_UINT8', [...first, side, side, 3])
  const map = tensor('map', 'TYPE_FP32', [...first, side, side])
  const inputs = text === null ? [image] : [image, tensor('text', 'TYPE_FP32', [2, text.dimension])]
  const score =
    text === null
      ? tensor('score', 'TYPE_FP32', [1], 'reshape: { shape: [ ] }')
      : tensor('score', 'TYPE_FP32', [-1])
  return `# Written by ${thisPackage.name} ${thisPackage.version} from the model ${JSON.stringify(model)}, version ${version}.
name: ${JSON.stringify(name)}
backend: "onnxruntime"
max_batch_size: ${text === null ? maxBatch : 0}
input [
${inputs.join(',\n')}
]
output [
${[score, map].join(',\n')}
]
instance_group [
  { count: 1, kind: KIND_AUTO }
]
${text === null ? DYNAMIC_BATCHING : ''}parameters: { key: ${JSON.stringify(VERSION_PARAMETER)}, value: { string_value: ${JSON.stringify(version)} } }
`
}

/** Without a delay: requests that wait anyway are put together, and none waits for others. */
const DYNAMIC_BATCHING = 'dynamic_batching { }\n'

const tensor = (name: string, type: string, dims: readonly number[], further = ''): string =>
  `  { name: "${name}", data_type: ${type}, dims: [ ${dims.join(', ')} ]${further === '' ? '' : `, ${further}`} }`
