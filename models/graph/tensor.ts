/** A dimension: a number, or `'N'`, the batch, known only when the graph runs. */
export type Dim = number | 'N'
export type Shape = readonly Dim[]

/** Element types that our graphs use, with ONNX's numbers (`TensorProto.DataType`). */
export const ELEMENT_TYPES = {
  float32: { onnx: 1, bytes: 4 },
  uint8: { onnx: 2, bytes: 1 },
  int8: { onnx: 3, bytes: 1 },
  int64: { onnx: 7, bytes: 8 },
  float16: { onnx: 10, bytes: 2 },
  float64: { onnx: 11, bytes: 8 },
} as const

export type ElementType = keyof typeof ELEMENT_TYPES

export interface TensorData {
  float32: Float32Array
  uint8: Uint8Array
  int8: Int8Array
  int64: BigInt64Array
  float16: Uint16Array
  float64: Float64Array
}

/** Number of elements of a static shape; a batch dimension counts as one. */
export const elementsOf = (shape: Shape): number =>
  shape.reduce<number>((count, dim) => count * (dim === 'N' ? 1 : dim), 1)

/** `[N, 1369, 1024]`, for messages. */
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`
