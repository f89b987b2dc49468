import { types } from 'node:util'
import { codedError } from '../../errors/index.ts'
import { amountOf, isShare, readLength } from './lengths.ts'
import type { Length, Rotation, ScoreRule, Shape, Tiles, View } from './types.ts'
import { wrong } from './wrong.ts'

const PROPERTIES = ['rotation', 'region', 'ignore', 'ignoreMask', 'tiles', 'score'] as const
const ROTATIONS: readonly Rotation[] = [0, 90, 180, 270]
const DEFAULT_OVERLAP = '10%'
/** Every row of the image is held against every edge. */
const MAX_LENGTHS = 4096
const SMALLEST_TILE = 16

/**
 * Checks a view that comes from outside: a message, a setting, a command line. Shapes may be written as text, lengths apart by commas and
 * shapes by semicolons, a single shape needs no list around it, and tiles may be `3x2` (columns and rows) or `518` (their side). What a property is called is checked too: a misspelt one would
 * inspect something else in silence.
 * @returns null where the view changes nothing: the image is inspected whole, as without one
 * @throws IMAGE_VIEW
 */
export const readView = (given: unknown): View | null => {
  if (given === undefined || given === null) return null
  if (!isRecord(given)) throw wrong('the view', given, `an object with some of ${PROPERTIES.join(', ')}`)
  const unknown = Object.keys(given).find((name) => !PROPERTIES.some((known) => known === name))
  if (unknown !== undefined)
    throw wrong('the view', { [unknown]: given[unknown] }, `properties out of ${PROPERTIES.join(', ')} only`)
  const rotation = isSet(given.rotation) ? readRotation(given.rotation) : 0
  const region = isSet(given.region) ? readShapes('region', given.region) : []
  const ignore = isSet(given.ignore) ? readShapes('ignore', given.ignore) : []
  if (region.concat(ignore).flat().length > MAX_LENGTHS)
    throw codedError(
      'IMAGE_VIEW',
      `region and ignore have more than ${MAX_LENGTHS} lengths together; give a mask image instead.`,
    )
  const view: View = {
    ...(rotation === 0 ? {} : { rotation }),
    ...(region.length === 0 ? {} : { region }),
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(isSet(given.ignoreMask) ? { ignoreMask: readMask(given.ignoreMask) } : {}),
    ...(isSet(given.tiles) ? { tiles: readTiles(given.tiles) } : {}),
  }
  const score = isSet(given.score) ? readScore(given.score) : 'max'
  if (Object.keys(view).length === 0) return null
  return score === 'max' ? view : { ...view, score }
}

/** A field that was left empty, in an editor or a message. */
const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

const readRotation = (given: unknown): Rotation => {
  const rotation = ROTATIONS.find((one) => one === given || String(one) === given)
  if (rotation !== undefined) return rotation
  throw wrong('rotation', given, '0, 90, 180 or 270 degrees clockwise')
}

const readScore = (given: unknown): ScoreRule => {
  if (given === 'max' || given === 'mean') return given
  if (typeof given === 'string' && /^top-[1-9]\d{0,3}$/.test(given)) return given as ScoreRule
  throw wrong('score', given, 'max, mean or top-K, such as top-3')
}

/** Bytes, in whatever realm they were made. */
const readMask = (given: unknown): Uint8Array => {
  if (types.isUint8Array(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  throw wrong('ignoreMask', given, 'the bytes of a PNG file')
}

const readTiles = (given: unknown): Tiles => {
  if (typeof given === 'string') return readTiles(tilesOfText(given))
  const expected =
    '{columns, rows} or {size}, whole numbers, and optionally overlap, such as {columns: 3, rows: 2, overlap: "10%"}'
  if (!isRecord(given)) throw wrong('tiles', given, expected)
  const { columns, rows, size, overlap: givenOverlap, ...others } = given
  if (Object.keys(others).length > 0) throw wrong('tiles', given, expected)
  const overlap = isSet(givenOverlap)
    ? readLength('the overlap of tiles', givenOverlap)
    : (DEFAULT_OVERLAP satisfies Length)
  if (amountOf(overlap) < 0 || (isShare(overlap) && amountOf(overlap) > 50))
    throw wrong('the overlap of tiles', overlap, '0 pixels or more, or 0% to 50% of a tile')
  if (isWhole(size, SMALLEST_TILE) && !isSet(columns) && !isSet(rows)) return { size, overlap }
  if (isWhole(columns, 1) && isWhole(rows, 1) && !isSet(size)) return { columns, rows, overlap }
  throw wrong('tiles', given, `${expected}; a size is at least ${SMALLEST_TILE} pixels`)
}

/**
 * What is written for tiles, without their overlap.
 * @throws IMAGE_VIEW
 * @example tilesOfText('3x2') // { columns: 3, rows: 2 }
 */
export const tilesOfText = (text: string): { columns: number; rows: number } | { size: number } => {
  const [, columns, rows, size] = /^\s*(?:(\d+)\s*[x×]\s*(\d+)|(\d+))\s*$/i.exec(text) ?? []
  if (size !== undefined) return { size: Number(size) }
  if (columns !== undefined) return { columns: Number(columns), rows: Number(rows) }
  throw wrong('tiles', text, 'columns and rows as "3x2", or the side of a tile in pixels as "518"')
}

const readShapes = (name: string, given: unknown): Shape[] => {
  const listed = typeof given === 'string' ? shapesOfText(given) : given
  if (!Array.isArray(listed)) throw wrong(name, given, SHAPES)
  const shapes: unknown[] =
    listed.length > 0 && listed.every((one) => !Array.isArray(one)) ? [listed] : listed
  return shapes.map((shape) => readShape(name, shape))
}

const shapesOfText = (text: string): string[][] =>
  text
    .split(';')
    .filter((shape) => shape.trim() !== '')
    .map((shape) => shape.split(',').map((length) => length.trim()))

const SHAPES =
  'rectangles [x, y, width, height] and polygons [x1, y1, x2, y2, x3, y3, …], in pixels or as text in percent ("12.5%")'

const readShape = (name: string, given: unknown): Shape => {
  if (!Array.isArray(given) || given.length < 4 || given.length % 2 === 1) throw wrong(name, given, SHAPES)
  const shape = given.map((length) => readLength(name, length))
  const isEmpty = shape.length === 4 && !(amountOf(shape[2]!) > 0 && amountOf(shape[3]!) > 0)
  if (isEmpty) throw wrong(name, given, 'a rectangle of some width and height')
  return shape
}

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
