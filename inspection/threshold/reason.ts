import { DRIFT_WINDOW } from '../calibration/index.ts'
import type { Limits } from './settings.ts'
import type { Calibrated } from './state.ts'

/** Something that happened beside the verdict and belongs into the log. */
export interface Notice {
  readonly level: 'info' | 'warn'
  readonly text: string
}

export interface Judged {
  readonly score: number
  /** Share of the map, 0..1. */
  readonly area: number
  readonly limits: Limits
  readonly alarming: boolean
  /** Over now: score or map. */
  readonly isOver: boolean
  /** Images over among the last ones looked at. */
  readonly over: number
  readonly debounce: { readonly n: number; readonly m: number }
}

/** The verdict's reason: what this image shows, and what the last ones add to it. */
export const judgedReason = ({ score, area, limits, alarming, isOver, over, debounce }: Judged): string => {
  const facts: string[] = []
  if (limits.score !== null)
    facts.push(
      `score ${short(score)} is ${score >= limits.score ? 'at or above' : 'below'} ${short(limits.score)}`,
    )
  if (limits.pixel !== null)
    facts.push(
      area > 0
        ? `${percent(area)} of the map is at or above ${short(limits.pixel)}`
        : `no region is at or above ${short(limits.pixel)}`,
    )
  if (limits.warning !== null && !isOver && score >= limits.warning)
    facts.push(`the warning level is ${short(limits.warning)}`)
  if (alarming && !isOver) facts.push('the alarm has not cleared yet')
  if (!alarming && isOver) facts.push(`${over} over, an alarm needs ${debounce.n} of the last ${debounce.m}`)
  return facts.join('; ')
}

/** What a finished calibration can and cannot vouch for. */
export const calibratedNotice = (key: string, { chosen, parts, rule }: Calibrated): Notice => {
  const { score, pixel, falseRejectBound, partsNeeded } = chosen
  const facts = [
    score === null
      ? 'good parts reach score 1, so the score is not judged'
      : `score threshold ${short(score)}`,
    ...(rule.pixel
      ? [pixel === null ? 'good maps reach 1, so the map is not judged' : `pixel threshold ${short(pixel)}`]
      : rule.configuredPixel === null
        ? []
        : [`pixel threshold ${short(rule.configuredPixel)} as configured`]),
    `at most ${percent(falseRejectBound)} of good parts are rejected (95 % confidence)`,
    ...(partsNeeded === null ? [] : [`the wanted ${percent(rule.rate)} needs ${partsNeeded} good parts`]),
  ]
  return {
    level: score === null || partsNeeded !== null || (rule.pixel && pixel === null) ? 'warn' : 'info',
    text: `key "${key}": calibrated on ${parts.scores.length} good parts: ${facts.join('; ')}`,
  }
}

/** Only when the drift begins or ends. */
export const driftNotices = (key: string, before: boolean, after: boolean): readonly Notice[] => {
  if (before === after) return []
  return after
    ? [
        {
          level: 'warn',
          text: `key "${key}": the scores of the last ${DRIFT_WINDOW} good parts differ from those it was calibrated on; check light, lens and product, or calibrate again`,
        },
      ]
    : [
        {
          level: 'info',
          text: `key "${key}": the scores of good parts are again like those it was calibrated on`,
        },
      ]
}

/** Six digits, without trailing zeros: 0.99999 must not be shown as 1. */
const short = (value: number): string => String(Number(value.toPrecision(6)))

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
