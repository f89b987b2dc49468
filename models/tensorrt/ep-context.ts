import { modelProto, type Signature } from '../graph/index.ts'

export interface EngineWrapper {
  readonly inputs: readonly Signature[]
  /** All that the engine has: onnxruntime binds them by name, and one that is not declared would be bound to the first. */
  readonly outputs: readonly Signature[]
  /** File name of the engine, which lies beside. */
  readonly engine: string
  /** File name of what it was compiled from. */
  readonly source: string
  /** null where they are not known. */
  readonly tensorrt: string | null
  readonly computeCapability: string | null
  readonly producer: string
}

/**
 * An ONNX file of one node, `EPContext`, that has onnxruntime load a TensorRT engine without any option of a session: its Node binding passes none
 * on (microsoft/onnxruntime#26854). The engine stays in a file beside, as onnxruntime advises for the shortest load.
 * Source: onnxruntime's "EP Context Design", operator com.microsoft.EPContext, and core/providers/tensorrt/onnx_ctx_model_helper.cc, which looks
 * for embed_mode, ep_cache_context and hardware_architecture (8.7 is written 87).
 */
export const engineWrapper = ({
  inputs,
  outputs,
  engine,
  source,
  tensorrt,
  computeCapability,
  producer,
}: EngineWrapper): Uint8Array => {
  const node = {
    name: 'engine',
    op: 'EPContext',
    domain: 'com.microsoft',
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    attributes: {
      main_context: 1n,
      embed_mode: 0n,
      ep_cache_context: engine,
      onnx_model_filename: source,
      partition_name: 'engine',
      source: 'TensorrtExecutionProvider',
      ...(tensorrt === null ? {} : { ep_sdk_version: tensorrt }),
      ...(computeCapability === null ? {} : { hardware_architecture: computeCapability.replaceAll('.', '') }),
    },
  }
  const parts = { name: 'anomalyclip', nodes: [node], inputs, outputs, constants: [], producer }
  return Buffer.concat(modelProto(parts))
}
