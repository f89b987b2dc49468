import { mapInOrder } from '../../engine/in-order.ts'
import type { Engine, View } from '../../engine/types.ts'
import { encodeNpy } from '../../models/npy.ts'
import { writeWhole } from '../write-whole.ts'
import { type Input, readImage, type Unreadable, unreadable } from './inputs.ts'
import { type OutputFolders, planOutputs } from './outputs.ts'
import { type OverlayScale, overlayOf } from './overlay.ts'
import { type DetectionRecord, recordOf } from './record.ts'

/** Enough that the next image is read and decoded while one is inferred; more would only hold memory. */
export const IMAGES_IN_FLIGHT = 4

export interface DetectOptions extends OutputFolders, OverlayScale {
  /** What the images show, for a model that takes class names; its default without. */
  readonly className?: string | undefined
  /** What of the images is inspected, and in which tiles; all of them whole without. */
  readonly view?: View | undefined
  readonly signal: AbortSignal
}

/**
 * Inspects images and writes the files asked for, one record an image in the order of `inputs`. An image that cannot
 * be inspected gives its error in place of a record, and the others go on.
 */
export const detectImages = (
  inputs: readonly (Input | Unreadable)[],
  engine: Pick<Engine, 'infer'>,
  { signal, className, view, mapDir, overlayDir, ...scale }: DetectOptions,
): AsyncGenerator<DetectionRecord | Unreadable> => {
  const outputsOf = planOutputs(
    inputs.filter((input): input is Input => !('error' in input)),
    { mapDir, overlayDir },
  )
  const how = {
    ...(className === undefined ? {} : { className }),
    ...(view === undefined ? {} : { view }),
  }
  const inspect = async (input: Input): Promise<DetectionRecord> => {
    const outputs = outputsOf(input)
    const image = {
      kind: 'encoded',
      data: await readImage(input.path, scale.limits.maxBytes, 'raise --max-megabytes'),
    } as const
    const result = await engine.infer({ image, ...how, signal })
    const { map } = result
    if (outputs.map) await writeWhole(outputs.map, encodeNpy(map.data, [map.height, map.width]))
    if (outputs.overlay) await writeWhole(outputs.overlay, await overlayOf(image, map, scale))
    return recordOf(input.file, result, outputs)
  }
  return mapInOrder(inputs, IMAGES_IN_FLIGHT, async (input) => {
    if ('error' in input) return input
    return inspect(input).catch((error: unknown) => ({
      file: input.file,
      error: unreadable(input.path, error),
    }))
  })
}
