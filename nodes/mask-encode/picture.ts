import { decodeBmp } from '../../engine/image/bmp.ts'
import { sniffFormat } from '../../engine/image/format.ts'
import { imageFrom } from '../../engine/index.ts'
import type { Picture } from '../../inspection/overlay/index.ts'
import type { Size } from '../../inspection/types.ts'

/**
 * The original image for an overlay, from whatever property of a message carries it.
 * @param inspected its size; a BMP of more pixels is refused before it is decoded, as the overlay refuses other files
 * @throws IMAGE_… as `imageFrom` does
 */
export const pictureFrom = (payload: unknown, inspected: Size): Picture => {
  const image = imageFrom(payload)
  if (image.kind === 'raw' || sniffFormat(image.data) !== 'bmp') return image
  // libvips reads no BMP. As it is not compressed, taking it apart in the flow's process is quick: 14 ms for 5 megapixels.
  const { byteLength } = image.data
  const bmp = decodeBmp(image.data, { maxBytes: byteLength, maxPixels: inspected.width * inspected.height })
  return { kind: 'raw', data: bmp.rgb, width: bmp.width, height: bmp.height, channels: 3 }
}
