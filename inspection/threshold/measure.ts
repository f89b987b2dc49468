import { codedError, messageOf } from '../../errors/index.ts'
import { checkMap } from '../map.ts'
import type { AnomalyMap } from '../types.ts'
import type { Inspector } from './inspector.ts'

/** What of an anomaly a verdict is taken from. */
export interface Measured {
  readonly score: number
  readonly map: AnomalyMap
  readonly model: Inspector
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
  return { score, map, model: inspectorOf(anomaly) }
}

/** Only its outline; `checkMap` looks inside. */
const isMap = (map: unknown): map is AnomalyMap =>
  typeof map === 'object' && map !== null && 'width' in map && 'height' in map && 'data' in map

const inspectorOf = (anomaly: object): Inspector => {
  const model: unknown = Reflect.get(anomaly, 'model')
  const inspected: unknown = Reflect.get(anomaly, 'view')
  const view =
    typeof inspected === 'object' && inspected !== null ? String(Reflect.get(inspected, 'key')) : null
  if (typeof model !== 'object' || model === null) return { model: 'unknown', className: null, view }
  const className: unknown = Reflect.get(model, 'className')
  return {
    model: `${String(Reflect.get(model, 'name'))}@${String(Reflect.get(model, 'version'))}`,
    className: typeof className === 'string' ? className : null,
    view,
  }
}
