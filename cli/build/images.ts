import { DEFAULT_LIMITS, decodeImage, resizeBicubic } from '../../engine/image/index.ts'
import { codedError, isCodedError } from '../../errors/index.ts'
import type { BuildImage } from '../../models/precision/index.ts'
import { expandInputs, readImage, unreadable } from '../detect/inputs.ts'

/**
 * Images that a build looks at, from files and folders; each is read when it is looked at.
 * @throws CLI_FILE_UNREADABLE where one of them is not there, or a folder holds no images
 */
export const buildImages = async (
  given: readonly string[],
  path: (given: string) => string,
): Promise<BuildImage[]> => {
  const inputs = await expandInputs(given, path)
  return inputs.map((input) => {
    if ('error' in input) throw input.error
    return { name: input.file, pixels: (side) => pixelsOf(input.path, side) }
  })
}

const pixelsOf = async (path: string, side: number): Promise<Uint8Array> => {
  try {
    const data = await readImage(path, DEFAULT_LIMITS.maxBytes, 'make it smaller')
    const { rgb, width, height } = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
    return resizeBicubic(rgb, width, height, side, side)
  } catch (thrown) {
    const error = unreadable(path, thrown)
    // What is wrong with an image's bytes is said without their name.
    throw isCodedError(error) && error.code.startsWith('IMAGE_')
      ? codedError(error.code, `${path}: ${error.message.slice(error.code.length + 2)}`, { cause: error })
      : error
  }
}
