/** Data types as safetensors names them; torch's are mapped onto these. */
export type TensorType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL'

export interface TensorInfo {
  /** As stored; `read` widens it to float32. */
  readonly type: TensorType
  readonly shape: readonly number[]
}

/** Published weights, open for reading. Tensors are read one by one, never the whole file. */
export interface WeightsFile {
  readonly file: string
  readonly format: 'safetensors' | 'torch' | 'torchscript'
  /** In the file's own order. */
  names(): readonly string[]
  has(name: string): boolean
  /** @throws WEIGHTS_TENSOR_MISSING naming the tensor, the file and names that come near */
  info(name: string): TensorInfo
  /**
   * All values of one tensor, row-major whatever the stored strides. Integers beyond 2²⁴ and float64 are rounded.
   * @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_DAMAGED where the bytes end too early or fail their checksum, WEIGHTS_LIMIT
   */
  read(name: string): Promise<Float32Array>
  close(): Promise<void>
}

/** Bytes that tensors lie in: a part of a file, or an inflated archive entry. */
export interface ByteSource {
  /** For messages: what these bytes are. */
  readonly title: string
  readonly bytes: number
  /** Of all bytes, where the file carries one. */
  readonly crc32: number | null
  /** Fills `into` from `position` on. */
  read(into: Uint8Array, position: number): Promise<void>
}

/** Where a tensor's values lie. */
export interface TensorLayout extends TensorInfo {
  readonly source: ByteSource
  /** Of the first value, in values. */
  readonly offset: number
  /** Step to the next index of each dimension, in values. */
  readonly strides: readonly number[]
}
