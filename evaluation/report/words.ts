/** Shares and thresholds as people read them. */
import { decimalsFor, withDecimals } from './digits.ts'

/** Four decimals would be fewer than three digits. */
const SMALL = 0.01

/** A share of 1 in percent, with its unit: "1 %", "12.7 %". */
export const percent = (share: number): string => `${(100 * share).toFixed(1).replace(/\.0$/, '')} %`

/** "3 of 22"; a dash where there is none that could be one. */
export const of = (count: number, all: number): string => (all === 0 ? '–' : `${count} of ${all}`)

/** "1 image", "2 images". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** With its sign, one decimal: "+0.3", "−12.7", "0.0". */
export const signed = (points: number): string => {
  const text = Math.abs(points).toFixed(1)
  if (text === '0.0') return text
  return points < 0 ? `−${text}` : `+${text}`
}

/** Four decimals; more where a score that is below 1 would look like 1, or one above 0 like 0 or like another one. */
export const scoreText = (score: number): string => {
  if (score > 0 && score < SMALL) return withDecimals(score, decimalsFor(score, 3))
  for (let digits = 4; ; digits++) {
    const text = score.toFixed(digits)
    if (score >= 1 || Number(text) < 1) return text
  }
}
