import { types } from 'node:util'
import { codedError, shown } from '../../../errors/index.ts'
import type { Verdict } from '../../../inspection/types.ts'
import type { ResultFacts } from './body.ts'
import { plcErrorOf } from './error-codes.ts'
import { type Finished, UNASKED } from './run.ts'
import { LEVELS, type Outcome } from './signals.ts'

/** What comes back from the flow, as far as it is looked at; none of it is trusted. */
export interface FlowMessage {
  /** With the verdict of a threshold. */
  readonly anomaly?: unknown
  /** The overlay of mask-encode, where there is one. */
  readonly mask?: unknown
  /** Of a catch node: the inspection has failed. It counts more than a verdict that stands beside it. */
  readonly error?: unknown
  /** As it left with the trigger. */
  readonly acquisition?: unknown
}

/**
 * The end of an inspection, as a message of the flow tells it.
 * @param node id of the node that was given the message: what another one has triggered answers no trigger of this one
 * @throws OPCUA_RESULT_INPUT when there is neither verdict nor error, or the verdict or the acquisition is none
 */
export const finishedOf = (msg: FlowMessage, node?: string): Finished => {
  const acquisitionId = acquisitionOf(msg.acquisition, node)
  if (isThere(msg.error))
    return {
      outcome: { kind: 'error', errorCode: plcErrorOf(msg.error) },
      acquisitionId,
      overlay: null,
      facts: { ...factsOf(msg.anomaly), reason: wordsOf(msg.error) },
    }
  const verdict = fieldOf(msg.anomaly, 'verdict')
  return {
    outcome: outcomeOf(verdict),
    acquisitionId,
    overlay: overlayOf(msg.mask),
    facts: { ...factsOf(msg.anomaly), reason: textOf(verdict, 'reason') },
  }
}

const IS_ANOMALOUS: Readonly<Record<Verdict['level'], boolean | null>> = {
  ok: false,
  warning: false,
  alarm: true,
  undecided: null,
}

/** A verdict that contradicts itself must not reach a PLC as "pass". */
const outcomeOf = (verdict: unknown): Outcome => {
  if (!isObject(verdict)) return refuse('msg.anomaly.verdict', verdict)
  const level = fieldOf(verdict, 'level')
  const isAnomalous = fieldOf(verdict, 'isAnomalous')
  if (!isLevel(level) || IS_ANOMALOUS[level] !== isAnomalous)
    return refuse('msg.anomaly.verdict', { level, isAnomalous })
  const score = fieldOf(verdict, 'score')
  const threshold = fieldOf(verdict, 'threshold')
  return {
    kind: 'verdict',
    pass: isAnomalous === false,
    level: LEVELS[level],
    score: typeof score === 'number' ? score : Number.NaN,
    threshold: typeof threshold === 'number' && Number.isFinite(threshold) ? threshold : null,
  }
}

const isLevel = (level: unknown): level is Verdict['level'] =>
  typeof level === 'string' && Object.hasOwn(IS_ANOMALOUS, level)

/** null = nothing is said of it. */
const acquisitionOf = (acquisition: unknown, node: string | undefined): number | null => {
  if (!isThere(acquisition)) return null
  const id = fieldOf(acquisition, 'id')
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1) return refuse('msg.acquisition.id', id)
  const triggeredBy = fieldOf(acquisition, 'node')
  return node === undefined || triggeredBy === undefined || triggeredBy === node ? id : UNASKED
}

/** Asked by type, because `instanceof` fails for what a function node makes. */
const overlayOf = (mask: unknown): Uint8Array | null => {
  const data = fieldOf(mask, 'data')
  return fieldOf(mask, 'encoding') === 'overlay' && types.isUint8Array(data) ? data : null
}

const factsOf = (anomaly: unknown): Omit<ResultFacts, 'reason'> => ({
  capturedAt: textOf(anomaly, 'capturedAt') || new Date().toISOString(),
  id: textOf(anomaly, 'id'),
  source: textOf(anomaly, 'source'),
})

/** A sentence for a person; a catch node leaves an object with `message`. */
const wordsOf = (error: unknown): string =>
  textOf(error, 'message') || (typeof error === 'string' ? error : shown(error))

const textOf = (from: unknown, name: string): string => {
  const value = fieldOf(from, name)
  return typeof value === 'string' ? value : ''
}

const fieldOf = (from: unknown, name: string): unknown =>
  isObject(from) ? Reflect.get(from, name) : undefined

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isThere = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && value !== false

const refuse = (field: string, found: unknown): never => {
  throw codedError(
    'OPCUA_RESULT_INPUT',
    `${field} is ${shown(found)}, expected a message with the verdict of a threshold node, or with msg.error of a catch node. ` +
      'Wire this input behind threshold and catch, and leave msg.acquisition as it is.',
  )
}
