import type { Length } from './types.ts'
import { wrong } from './wrong.ts'

/**
 * A number, or text that holds one; with a percent sign behind it, it is a share.
 * @throws IMAGE_VIEW
 * @example readLength('region', ' 12.5 %') // '12.5%'
 */
export const readLength = (name: string, given: unknown): Length => {
  if (typeof given === 'number' && Number.isFinite(given)) return given
  const text = typeof given === 'string' ? given.replaceAll(/\s/g, '') : ''
  if (/^[+-]?(\d+\.?\d*|\.\d+)%$/.test(text)) return `${Number(text.slice(0, -1))}%`
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text)
  throw wrong(name, given, 'lengths in pixels, or in percent of the image ("12.5%")')
}

export const isShare = (length: Length): length is `${number}%` => typeof length === 'string'

/** Pixels or percent, as the length is written. */
export const amountOf = (length: Length): number => (isShare(length) ? Number.parseFloat(length) : length)

/** @returns pixels, where the whole has `whole` of them */
export const pixelsOf = (length: Length, whole: number): number =>
  isShare(length) ? (amountOf(length) / 100) * whole : length
