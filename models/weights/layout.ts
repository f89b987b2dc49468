import { codedError } from '../../errors/index.ts'
import type { TensorInfo, TensorLayout } from './types.ts'
import { TYPES } from './widen.ts'

/** How many values a shape holds; null where that is beyond exact arithmetic. */
export const countOf = (shape: readonly number[]): number | null => {
  let count = 1
  for (const size of shape) {
    count *= size
    if (!Number.isSafeInteger(count)) return null
  }
  return count
}

export const rowMajorStrides = (shape: readonly number[]): number[] => {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** Whether the values lie one behind the other in row-major order. */
export const isContiguous = ({ shape, strides }: Pick<TensorLayout, 'shape' | 'strides'>): boolean => {
  const expected = rowMajorStrides(shape)
  return shape.every((size, i) => size === 1 || strides[i] === expected[i])
}

/** Values between the first and the last one of a view, both included; 0 for an empty view. */
export const spanOf = ({ shape, strides }: Pick<TensorLayout, 'shape' | 'strides'>): number =>
  shape.includes(0) ? 0 : 1 + shape.reduce((last, size, i) => last + (size - 1) * strides[i]!, 0)

/** @throws WEIGHTS_DAMAGED where a view reaches beyond its storage */
export const checkLayout = (file: string, name: string, layout: TensorLayout): void => {
  const { type, source, offset } = layout
  const end = offset + spanOf(layout)
  const held = Math.floor(source.bytes / TYPES[type].bytes)
  if (countOf(layout.shape) === null || !Number.isSafeInteger(end) || end > held)
    throw codedError(
      'WEIGHTS_DAMAGED',
      `tensor ${name} of ${file}, ${describe(layout)}, ends at value ${end} of ${source.title}, which holds ${held}. ` +
        'Fetch the file again and compare its sha256.',
    )
}

/** As in `F16 [77, 768]`. */
export const describe = ({ type, shape }: TensorInfo): string => `${type} [${shape.join(', ')}]`
