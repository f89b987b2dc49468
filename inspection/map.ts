import { types } from 'node:util'
import { codedError } from '../errors/index.ts'
import type { AnomalyMap, Mask } from './types.ts'

/**
 * Refuses a map that would give a mask of nonsense: no comparison is true of a value that is not a number, so a defect
 * there would pass as good.
 * @throws MAP_INVALID
 */
export const checkMap = ({ width, height, data }: AnomalyMap): void => {
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1)
    throw invalid(`its size is ${width} × ${height}`, 'at least one pixel')
  if (!types.isFloat32Array(data)) throw invalid('its data is no Float32Array', 'one, row after row')
  if (data.length !== width * height)
    throw invalid(`${data.length} values come with ${width} × ${height} pixels`, 'one value a pixel')
  for (let pixel = 0; pixel < data.length; pixel++)
    if (!Number.isFinite(data[pixel]))
      throw invalid(
        `its value at x ${pixel % width}, y ${Math.floor(pixel / width)} is ${data[pixel]}`,
        'probabilities from 0 to 1',
      )
}

/**
 * The pixels at or above a threshold.
 * @param map checked with `checkMap`
 * @param threshold 0..1
 * @throws MASK_OPTIONS when the threshold is out of range
 * @example maskFromMap({ width: 3, height: 1, data: Float32Array.of(0.25, 0.5, 0.75) }, 0.5).data // [0, 1, 1]
 */
export const maskFromMap = ({ width, height, data }: AnomalyMap, threshold: number): Mask => {
  if (!(threshold >= 0 && threshold <= 1))
    throw codedError('MASK_OPTIONS', `the pixel threshold is ${threshold}, expected a number from 0 to 1.`)
  const mask = new Uint8Array(data.length)
  for (let pixel = 0; pixel < data.length; pixel++) mask[pixel] = data[pixel]! >= threshold ? 1 : 0
  return { width, height, data: mask }
}

const invalid = (found: string, expected: string) =>
  codedError(
    'MAP_INVALID',
    `the anomaly map cannot be used: ${found}, expected ${expected}. Pass the map as anomalyclip-infer gives it.`,
  )
