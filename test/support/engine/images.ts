import type { ImageInput } from '../../../engine/types.ts'

/** Raw image of one colour. */
export const plain = (red: number, green: number, blue: number, side = 8): ImageInput => ({
  kind: 'raw',
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => [red, green, blue][i % 3]!),
  width: side,
  height: side,
  channels: 3,
})

/** Level that the stub model scores as `level / 255`. */
export const grey = (level: number): ImageInput => plain(level, level, level)
