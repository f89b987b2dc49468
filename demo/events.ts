import type { AnomalyEvent } from '../inspection/event/event.ts'
import type { Truth } from './truth.ts'

/** Topic filter of the events, one topic a product. */
export const EVENTS_TOPIC = 'demo/events/+'

/** An event as it came from the broker; null for what is none. */
export const readEvent = (payload: string): AnomalyEvent | null => {
  try {
    const event: AnomalyEvent = JSON.parse(payload)
    return typeof event?.data?.verdict?.level === 'string' ? event : null
  } catch {
    return null
  }
}

/** Whether the part was taken as a good one to calibrate on. The last one of a calibration was, too. */
export const isCalibrating = ({ data }: AnomalyEvent): boolean =>
  data.verdict.level === 'undecided' && data.calibration !== null

/**
 * One line for an event, in columns: time, product, verdict, score against its threshold, regions, milliseconds.
 * @param truth what the part really was, where that is known
 */
export const printedEvent = (topic: string, payload: string, truth?: Truth): string => {
  const event = readEvent(payload)
  const product = topic.slice(topic.lastIndexOf('/') + 1)
  if (event === null) return `          ${product.padEnd(9)} not an event: ${payload.slice(0, 80)}`
  const { data } = event
  const time = new Date(event.time).toLocaleTimeString('en-GB')
  const calibrating = isCalibrating(event)
  return [
    time,
    product.padEnd(9),
    (calibrating ? 'calibrating' : data.verdict.level).padEnd(11),
    `score ${digits(data.score)}`,
    (calibrating ? progress(event) : comparison(event)).padEnd(21),
    `${data.timing.totalMs.toFixed(0)} ms`.padStart(7),
    ...(truth === undefined || calibrating ? [] : [` ${outcome(event, truth)}`]),
  ].join(' ')
}

const progress = ({ data: { calibration } }: AnomalyEvent): string =>
  `good part ${calibration?.collected}/${calibration?.wanted}`

const comparison = ({ data: { score, threshold, regions } }: AnomalyEvent): string => {
  const against =
    score === null || threshold === null ? '' : `${score < threshold ? '<' : '≥'} ${digits(threshold)}`
  const count = regions?.length ?? 0
  return `${against.padEnd(8)}  ${count} region${count === 1 ? '' : 's'}`
}

/** Scores crowd below 1: what is not 1 must not read as 1. */
const digits = (score: number | null): string => {
  if (score === null) return 'none  '
  return (score < 1 ? Math.min(score, 0.9999) : score).toFixed(4)
}

const outcome = ({ data: { verdict } }: AnomalyEvent, { good, sample }: Truth): string => {
  if (verdict.isAnomalous === null) return `undecided (${sample})`
  if (verdict.isAnomalous === !good) return `right (${sample})`
  return `${good ? 'WRONG: false alarm' : 'WRONG: defect missed'} (${sample})`
}
