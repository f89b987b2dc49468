import type { FromProcess } from '../protocol.ts'
import type { ImageInput, View } from '../types.ts'

/** One image as the process got it. */
export interface BatchImage {
  readonly id: number
  readonly image: ImageInput
  /** Which camera it is of. */
  readonly source: string
  /** null = the model's default. */
  readonly className: string | null
  /** null = the whole image. */
  readonly view: View | null
}

/** Says something of one image to the flow; the payload is a map. */
export type Answer = (message: FromProcess, ...payload: readonly Uint8Array[]) => void
