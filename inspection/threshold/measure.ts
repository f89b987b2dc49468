import { codedError, messageOf } from '../../errors/index.ts'
import { checkMap } from '../map.ts'
import type { AnomalyMap } from '../types.ts'

/** What of an anomaly a verdict is taken from. */
export interface Measured {
  readonly score: number
  readonly map: AnomalyMap
  /** Name and version: thresholds of one model say nothing about another. */
  readonly model: string
}

/**
 * Looks at what came in as `msg.anomaly`, and trusts none of it.
 * @returns the measurement, or a sentence saying what is missing or not finite, so that nothing can be decided
 * @throws THRESHOLD_INPUT when there is no anomaly at all: the flow is wired wrongly
 */
export const measure = (anomaly: unknown): Measured | string => {
  if (typeof anomaly !== 'object' || anomaly === null)
    throw codedError(
      'THRESHOLD_INPUT',
      `msg.anomaly is ${anomaly === null ? 'null' : `of type ${typeof anomaly}`}, expected what anomalyclip-infer puts ` +
        'there. Wire this node behind anomalyclip-infer.',
    )
  const score: unknown = Reflect.get(anomaly, 'score')
  if (typeof score !== 'number') return 'the score is missing'
  if (!Number.isFinite(score)) return `the score is ${score}`
  const map: unknown = Reflect.get(anomaly, 'map')
  if (!isMap(map)) return 'the anomaly map is missing'
  try {
    checkMap(map)
  } catch (thrown) {
    return messageOf(thrown)
  }
  return { score, map, model: modelOf(anomaly) }
}

/** Only its outline; `checkMap` looks inside. */
const isMap = (map: unknown): map is AnomalyMap =>
  typeof map === 'object' && map !== null && 'width' in map && 'height' in map && 'data' in map

const modelOf = (anomaly: object): string => {
  const model: unknown = Reflect.get(anomaly, 'model')
  if (typeof model !== 'object' || model === null) return 'unknown'
  return `${String(Reflect.get(model, 'name'))}@${String(Reflect.get(model, 'version'))}`
}
