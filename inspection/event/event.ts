import { codedError, shown } from '../../errors/index.ts'
import type { Anomaly, CalibrationSummary, EncodedMask, Region, Verdict } from '../types.ts'
import { attributeText, isUriReference, rfc3339 } from './attributes.ts'
import { type Inline, inlineOf, withoutMask } from './inline.ts'
import type { EventSettings } from './settings.ts'

/** Names the data part of docs/anomaly-event.schema.json; a `tag:` URI (RFC 4151), so that nobody is made to fetch it. */
export const DATA_SCHEMA = 'tag:anomalyclip.github.io,2026:anomaly-event/v1#/$defs/data'

/** Regions listed in an event, the highest peak first; a noisy map has thousands. */
const MAX_REGIONS = 100

/** CloudEvents 1.0 in the JSON format, structured mode; docs/events.md describes every field. */
export interface AnomalyEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject?: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly dataschema: typeof DATA_SCHEMA
  readonly data: AnomalyEventData
}

export interface AnomalyEventData extends Inline {
  readonly verdict: Pick<Verdict, 'level' | 'isAnomalous' | 'key' | 'reason'>
  /** null: the score was missing or not finite. */
  readonly score: number | null
  readonly threshold: number | null
  readonly pixelThreshold: number | null
  readonly area: number
  readonly calibration: CalibrationSummary | null
  readonly regions?: readonly Region[]
  readonly regionsOmitted?: number
  readonly model: Anomaly['model']
  readonly image: Anomaly['image'] & { readonly reference?: string }
  readonly timing: Anomaly['timing']
}

export interface EventSource {
  readonly anomaly: Anomaly | undefined
  /** `msg.mask`, where mask-encode stood before. */
  readonly mask?: EncodedMask | undefined
  /** URI-reference of the stored image; '' = none. */
  readonly imageReference?: string
}

/**
 * Makes the event of one inspection. The id is the inspection's own, so that an event sent twice is known for one; an
 * anomaly without a verdict becomes an event that says so (`undecided`), never one that looks ok.
 * @throws EVENT_INPUT when the anomaly is incomplete or contradicts itself
 */
export const eventOf = (
  { anomaly, mask, imageReference = '' }: EventSource,
  settings: EventSettings,
): AnomalyEvent => {
  if (typeof anomaly !== 'object' || anomaly === null)
    return refuse('msg.anomaly', anomaly, 'what anomalyclip-infer puts there')
  const { id, source, capturedAt } = anomaly
  if (typeof id !== 'string' || id === '') refuse('msg.anomaly.id', id, 'a non-empty text')
  const time =
    rfc3339(capturedAt) ?? refuse('msg.anomaly.capturedAt', capturedAt, 'a time as ISO 8601 has it')
  return {
    specversion: '1.0',
    id: attributeText(id),
    source: settings.source,
    type: `${settings.typePrefix}.inspection.v1`,
    ...(typeof source === 'string' && source !== '' ? { subject: attributeText(source) } : {}),
    time,
    datacontenttype: 'application/json',
    dataschema: DATA_SCHEMA,
    data: dataOf(anomaly, mask, imageReference, settings),
  }
}

/**
 * The event without the mask or overlay in it; null when there is none.
 * @param limit bytes that were too few for it, for `data.imageOmitted`
 */
export const withoutInline = (event: AnomalyEvent, limit: number): AnomalyEvent | null => {
  const data = withoutMask(event.data, limit)
  return data === null ? null : { ...event, data }
}

const dataOf = (
  anomaly: Anomaly,
  mask: EncodedMask | undefined,
  imageReference: string,
  settings: EventSettings,
): AnomalyEventData => {
  const { score, model, image, timing } = anomaly
  const verdict = verdictOf(anomaly)
  return {
    verdict: {
      level: verdict.level,
      isAnomalous: verdict.isAnomalous,
      key: verdict.key,
      reason: verdict.reason,
    },
    score: finite(score),
    threshold: finite(verdict.threshold),
    pixelThreshold: finite(verdict.pixelThreshold),
    area: verdict.area,
    calibration: verdict.calibration,
    ...(mask && settings.includeRegions ? regionsOf(mask) : {}),
    model: {
      ...part(model, 'model', ['name', 'method', 'version', 'device'], 'string'),
      ...(model.className === undefined ? {} : part(model, 'model', ['className'], 'string')),
    },
    image: {
      ...part(image, 'image', ['format', 'sha256'], 'string'),
      ...part(image, 'image', ['width', 'height'], 'number'),
      ...(image.retained === true ? { retained: true } : {}),
      ...(imageReference === '' ? {} : { reference: reference(imageReference) }),
    },
    timing: part(timing, 'timing', ['queuedMs', 'decodeMs', 'inferMs', 'totalMs'], 'number'),
    ...(mask ? inlineOf(mask, settings) : {}),
  }
}

const NO_VERDICT: Verdict = {
  level: 'undecided',
  isAnomalous: null,
  score: Number.NaN,
  threshold: null,
  pixelThreshold: null,
  minArea: null,
  area: 0,
  key: '',
  reason: 'no verdict: there is no threshold node before anomaly-event',
  calibration: null,
}

const IS_ANOMALOUS: Readonly<Record<Verdict['level'], boolean | null>> = {
  ok: false,
  warning: false,
  alarm: true,
  undecided: null,
}

/** A verdict that contradicts itself must not leave the box as an event. */
const verdictOf = ({ verdict, score }: Anomaly): Verdict => {
  if (verdict === undefined) return NO_VERDICT
  const { level, isAnomalous } = verdict
  if (!Object.hasOwn(IS_ANOMALOUS, level) || IS_ANOMALOUS[level] !== isAnomalous)
    refuse('msg.anomaly.verdict', { level, isAnomalous }, 'the verdict of a threshold node')
  if (level !== 'undecided' && finite(score) === null)
    refuse('msg.anomaly.score', String(score), `a finite number, as the level is ${level}`)
  return verdict
}

const regionsOf = ({ regions }: EncodedMask): Pick<AnomalyEventData, 'regions' | 'regionsOmitted'> => ({
  regions: regions.slice(0, MAX_REGIONS),
  regionsOmitted: Math.max(0, regions.length - MAX_REGIONS),
})

const reference = (given: string): string =>
  isUriReference(given) ? given : refuse('the image reference', given, 'a URI-reference without spaces')

/** Takes over the named fields of a part of the anomaly, each checked for its kind. */
const part = <T extends object, F extends keyof T & string>(
  given: T,
  name: string,
  fields: readonly F[],
  kind: 'string' | 'number',
): Pick<T, F> => {
  if (typeof given !== 'object' || given === null) refuse(`msg.anomaly.${name}`, given, 'an object')
  const taken: Partial<Pick<T, F>> = {}
  for (const field of fields) {
    const value = given[field]
    const isFit = kind === 'string' ? typeof value === 'string' : Number.isFinite(value)
    if (!isFit) refuse(`msg.anomaly.${name}.${field}`, value, kind === 'string' ? 'text' : 'a finite number')
    taken[field] = value
  }
  return taken as Pick<T, F>
}

const finite = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

const refuse = (name: string, found: unknown, expected: string): never => {
  throw codedError(
    'EVENT_INPUT',
    `${name} is ${shown(found)}, expected ${expected}. Wire this node behind anomalyclip-infer and threshold.`,
  )
}
