import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { decodeNpy } from '../../models/npy.ts'
import { LEAST_TOLERANCE } from '../../models/precision/tolerance.ts'
import type { Backend } from '../backends/index.ts'
import { DEFAULT_LIMITS, decodeImage } from '../image/index.ts'
import type { SelfTest } from '../types.ts'

/**
 * Runs the image of the manifest's self-test and compares with the promised score and map (fp32 on the CPU).
 * It is the warm-up as well, so it costs a load nothing, and it runs on every device: a silently wrong map is the worst
 * fault there is.
 * @param text of the default class; null for a model that takes none
 * @returns how far off both are
 * @throws ENGINE_SELF_TEST when score or map is off by more than is allowed
 */
export const runSelfTest = async (
  folder: string,
  { imageSize, selfTest }: ModelManifest,
  backend: Backend,
  text: Float32Array | null,
): Promise<SelfTest> => {
  const { tolerance = LEAST_TOLERANCE } = selfTest
  const data = await readFile(join(folder, selfTest.image))
  const image = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  if (image.width !== imageSize || image.height !== imageSize)
    throw failed(
      `${selfTest.image} has ${image.width} × ${image.height} pixels, expected ${imageSize} × ${imageSize}`,
    )
  const expected = decodeNpy(await readFile(join(folder, selfTest.map)))
  if (expected.data.length !== imageSize * imageSize)
    throw failed(`${selfTest.map} has the shape [${expected.shape}], expected [${imageSize}, ${imageSize}]`)

  const [found] = await backend.run([image.rgb], text)
  const offScore = Math.abs((found?.score ?? Number.NaN) - selfTest.score)
  const offMap = largestDifference(found?.map ?? new Float32Array(), expected.data)
  // Written so that NaN fails as well.
  if (!(offScore <= tolerance && offMap <= tolerance))
    throw failed(
      `on ${backend.device} the score is off by ${offScore.toPrecision(2)} and the map by up to ${offMap.toPrecision(2)}, ` +
        `expected at most ${tolerance}; use another device, or build the model again`,
    )
  return { score: offScore, map: offMap, tolerance }
}

/** NaN as soon as one of the differences is. */
const largestDifference = (found: Float32Array, expected: Float32Array): number =>
  expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (found[index] ?? Number.NaN))), 0)

const failed = (message: string) => codedError('ENGINE_SELF_TEST', message)
