import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError, isCodedError } from '../../errors/index.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { decodeNpy } from '../../models/npy.ts'
import { type Differences, LEAST_TOLERANCE } from '../../models/precision/tolerance.ts'
import type { Backend, Prediction } from '../backends/types.ts'
import { DEFAULT_LIMITS, decodeImage } from '../image/index.ts'
import type { SelfTest } from '../types.ts'

export interface SelfTestOptions {
  /** Of the default class; null for a model that takes none. */
  readonly text: Float32Array | null
  /** Images of a batch that is tested after the image alone; 1 = none. Asked for when the image has passed. */
  readonly together: () => number
}

/**
 * Runs the image of the manifest's self-test and compares with the promised score and map (fp32 on the CPU).
 * It is the warm-up as well, so it costs a load nothing, and it runs on every device: a silently wrong map is the worst
 * fault there is. A batch may take other kernels than one image does, and a server may mix its rows up.
 * @returns how far off they are, at most
 * @throws ENGINE_SELF_TEST when score or map is off by more than is allowed
 */
export const runSelfTest = async (
  folder: string,
  { imageSize, selfTest }: ModelManifest,
  backend: Backend,
  { text, together }: SelfTestOptions,
): Promise<SelfTest> => {
  const { tolerance = LEAST_TOLERANCE } = selfTest
  const data = await readFile(join(folder, selfTest.image))
  const image = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  if (image.width !== imageSize || image.height !== imageSize)
    throw failed(
      `${selfTest.image} has ${image.width} × ${image.height} pixels, expected ${imageSize} × ${imageSize}`,
    )
  const map = decodeNpy(await readFile(join(folder, selfTest.map)))
  if (map.data.length !== imageSize * imageSize)
    throw failed(`${selfTest.map} has the shape [${map.shape}], expected [${imageSize}, ${imageSize}]`)

  const check = (where: string, found: Prediction | undefined, expected: Prediction): Differences => {
    const off = differencesOf(found ?? NOTHING, expected)
    if (!isWithin(off, tolerance))
      throw failed(
        `on ${backend.device} the score${where} is off by ${inWords(off)}, expected at most ${inWords(tolerance)}; ` +
          'use another device, or build the model again',
      )
    return off
  }

  const expected = { score: selfTest.score, map: map.data }
  const [alone] = await backend.run([image.rgb], text)
  const offAlone = check('', alone, expected)
  let count = together()
  if (count === 1) return { ...offAlone, tolerance }

  // Every second row is another image, so that rows that are mixed up show.
  const turned = turnedOf(image.rgb)
  const [turnedAlone = NOTHING] = await backend.run([turned], text)
  const rows = Array.from({ length: count }, (_, row) =>
    row % 2 === 0 ? { pixels: image.rgb, expected } : { pixels: turned, expected: turnedAlone },
  )
  for (; count > 1; count >>= 1) {
    const batch = rows.slice(0, count)
    const found = await backend
      .run(
        batch.map(({ pixels }) => pixels),
        text,
      )
      .catch(asTooMany)
    if (found === null) continue
    const offs = batch.map(({ expected }, row) =>
      check(` of image ${row + 1} of a batch of ${count}`, found[row], expected),
    )
    return { ...[offAlone, ...offs].reduce(larger), tolerance }
  }
  return { ...offAlone, tolerance }
}

/** A batch that is refused (too much for the device's memory) gives no wrong numbers: its images go in smaller ones, or alone. */
const asTooMany = (thrown: unknown): null => {
  if (isCodedError(thrown, 'ENGINE_INFERENCE')) return null
  throw thrown
}

/** Differs from everything. */
const NOTHING: Prediction = { score: Number.NaN, map: new Float32Array() }

/** Upside down and from right to left. */
const turnedOf = (rgb: Uint8Array): Uint8Array =>
  Uint8Array.from(rgb, (_, i) => rgb[rgb.length - 3 - i + 2 * (i % 3)]!)

/** NaN as soon as one of the differences is. */
const differencesOf = (found: Prediction, expected: Prediction): Differences => {
  let [most, sum] = [0, 0]
  for (const [index, value] of expected.map.entries()) {
    const difference = Math.abs(value - (found.map[index] ?? Number.NaN))
    most = Math.max(most, difference)
    sum += difference
  }
  return { score: Math.abs(found.score - expected.score), map: most, mapMean: sum / expected.map.length }
}

/** Written so that NaN is not. */
const isWithin = (off: Differences, allowed: Differences): boolean =>
  off.score <= allowed.score && off.map <= allowed.map && off.mapMean <= allowed.mapMean

const larger = (a: Differences, b: Differences): Differences => ({
  score: Math.max(a.score, b.score),
  map: Math.max(a.map, b.map),
  mapMean: Math.max(a.mapMean, b.mapMean),
})

const inWords = ({ score, map, mapMean }: Differences): string =>
  `${figure(score)} and the map by up to ${figure(map)}, ${figure(mapMean)} on average`

const figure = (value: number): string => value.toPrecision(2)

const failed = (message: string) => codedError('ENGINE_SELF_TEST', message)
