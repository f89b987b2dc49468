import { codedError, shown } from '../../errors/index.ts'
import { falseRejectBound } from './bound.ts'

/**
 * Thresholds worked out elsewhere (from an evaluation, from another line), to be imported with `msg.control = 'import'`.
 * Plain JSON; docs/thresholds.md describes it for those who write it.
 */
export interface Recommendation {
  readonly format: 'anomalyclip-threshold'
  readonly version: 1
  /** 0..1. */
  readonly score: number
  /** Level `warning` from this score on, below `score`; null = none. */
  readonly warning: number | null
  /** 0..1; null = the map is not judged. */
  readonly pixel: number | null
  /** Percent of the map; null = as in the node's settings. */
  readonly minArea: number | null
  /** Good parts it was chosen from; 0 = not said. */
  readonly goodParts: number
  /** Upper 95 % bound of the false-reject rate; null = not said. */
  readonly falseRejectBound: number | null
  /** Model it holds for, and the class that its images were compared with; null or without a class = not said, so that it holds for any. */
  readonly model: { readonly name: string; readonly version: string; readonly className?: string } | null
}

/**
 * Checks a recommendation, given as an object or as its JSON text; missing optional fields become null or 0.
 * @throws THRESHOLD_RECOMMENDATION naming the field
 */
export const readRecommendation = (given: unknown): Recommendation => {
  const found = asRecord(typeof given === 'string' ? parsed(given) : given)
  if (found.format !== 'anomalyclip-threshold') refuse('format', found.format, '"anomalyclip-threshold"')
  if (found.version !== 1) refuse('version', found.version, '1')
  const score = number(found, 'score', 0, 1) ?? refuse('score', found.score, 'a number from 0 to 1')
  const warning = number(found, 'warning', 0, 1)
  if (warning !== null && warning >= score) refuse('warning', warning, `a number below "score" (${score})`)
  const goodParts = number(found, 'goodParts', 0, Number.MAX_SAFE_INTEGER) ?? 0
  if (!Number.isInteger(goodParts)) refuse('goodParts', goodParts, 'a whole number')
  const bound = number(found, 'falseRejectBound', 0, 1)
  const best = goodParts > 0 ? falseRejectBound(goodParts, 1) : 0
  // 1e-3 relative: whoever wrote it may have rounded.
  if (bound !== null && bound < best * 0.999)
    refuse(
      'falseRejectBound',
      bound,
      `at least ${best.toFixed(4)}, the best that ${goodParts} good parts can vouch for`,
    )
  return {
    format: 'anomalyclip-threshold',
    version: 1,
    score,
    warning,
    pixel: number(found, 'pixel', 0, 1),
    minArea: number(found, 'minArea', 0, 100),
    goodParts,
    falseRejectBound: bound,
    model: modelOf(found.model),
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw codedError(
      'THRESHOLD_RECOMMENDATION',
      'the text is not JSON, expected a recommendation object. Import what the evaluation wrote, unchanged.',
      { cause },
    )
  }
}

const asRecord = (given: unknown): Record<string, unknown> => {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return { ...given }
  throw codedError(
    'THRESHOLD_RECOMMENDATION',
    `found ${given === null ? 'null' : Array.isArray(given) ? 'an array' : `a ${typeof given}`}, expected a ` +
      'recommendation object in msg.payload, for instance {"format": "anomalyclip-threshold", "version": 1, "score": 0.8}.',
  )
}

const number = (found: Record<string, unknown>, field: string, min: number, max: number): number | null => {
  const value = found[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && value >= min && value <= max) return value
  return refuse(field, value, `a number from ${min} to ${max}`)
}

const modelOf = (given: unknown): Recommendation['model'] => {
  if (given === undefined || given === null) return null
  const { name, version, className } = asRecord(given)
  if (typeof name !== 'string' || typeof version !== 'string')
    return refuse('model', given, 'an object with the texts "name" and "version"')
  if (className === undefined || className === null) return { name, version }
  return typeof className === 'string'
    ? { name, version, className }
    : refuse('model.className', className, 'text')
}

const refuse = (field: string, found: unknown, expected: string): never => {
  throw codedError(
    'THRESHOLD_RECOMMENDATION',
    `"${field}" is ${shown(found)}, expected ${expected}. Nothing was imported: correct it and import again.`,
  )
}
