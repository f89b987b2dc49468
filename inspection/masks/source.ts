import { types } from 'node:util'
import { codedError } from '../../errors/index.ts'
import { checkMap } from '../map.ts'
import type { AnomalyMap, Size } from '../types.ts'

/** What of an anomaly a mask is made from. */
export interface MaskSource {
  readonly map: AnomalyMap
  /** Size of the original image, after EXIF rotation. */
  readonly image: Size
  /** Of the verdict, where there is one that has it. */
  readonly pixelThreshold: number | null
  /** Likewise; percent of the map. */
  readonly minArea: number | null
  readonly isUndecided: boolean
}

/**
 * Looks at what came in as `msg.anomaly`, and trusts none of it; values and sizes are checked where they are used.
 * @returns null when the verdict is undecided and the map cannot be used: it has been said of this image that nothing can
 *   be told from it, and a mask could not say more
 * @throws MASK_NO_ANOMALY
 */
export const maskSourceFrom = (anomaly: unknown): MaskSource | null => {
  if (!isObject(anomaly))
    throw missing(`msg.anomaly is ${anomaly === null ? 'null' : `of type ${typeof anomaly}`}`)
  const verdict: unknown = Reflect.get(anomaly, 'verdict')
  const ofVerdict = (name: string): unknown => (isObject(verdict) ? Reflect.get(verdict, name) : undefined)
  const isUndecided = ofVerdict('level') === 'undecided'
  if (isUndecided && !isUsable(Reflect.get(anomaly, 'map'))) return null
  const map = readMap(Reflect.get(anomaly, 'map'))
  const image: unknown = Reflect.get(anomaly, 'image')
  const size = isObject(image) ? readSize(image) : null
  if (size === null) throw missing('msg.anomaly.image has no width and height')
  return {
    map,
    image: size,
    pixelThreshold: numberOrNull(ofVerdict('pixelThreshold')),
    minArea: numberOrNull(ofVerdict('minArea')),
    isUndecided,
  }
}

const isUsable = (map: unknown): boolean => {
  try {
    checkMap(readMap(map))
    return true
  } catch {
    return false
  }
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const readMap = (map: unknown): AnomalyMap => {
  const size = isObject(map) ? readSize(map) : null
  const data: unknown = isObject(map) ? Reflect.get(map, 'data') : undefined
  // Asked by type, because `instanceof` fails for what a function node makes.
  if (size === null || !types.isFloat32Array(data))
    throw missing('msg.anomaly.map has no width, height and data as a Float32Array')
  return { ...size, data }
}

const readSize = (from: object): Size | null => {
  const width: unknown = Reflect.get(from, 'width')
  const height: unknown = Reflect.get(from, 'height')
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : null
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const missing = (found: string) =>
  codedError(
    'MASK_NO_ANOMALY',
    `${found}, expected what anomalyclip-infer puts there. Wire this node behind anomalyclip-infer or threshold.`,
  )
