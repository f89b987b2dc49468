import type { LoggedResult } from '../../store/types.ts'
import type { Level, Outcome, Result } from './signals.ts'

/** What is known of a result beside what the PLC reads. */
export interface ResultFacts {
  /** ISO 8601. */
  readonly capturedAt: string
  /** Of the inspection and its event; '' = none. */
  readonly id: string
  readonly source: string
  /** A sentence for a person. */
  readonly reason: string
}

export interface ResultBody extends ResultFacts {
  readonly jobId: string
  readonly outcome: Outcome
}

/** JSON has no NaN. */
const NO_SCORE = null

export const bodyOf = ({ outcome, ...rest }: ResultBody): string =>
  JSON.stringify({
    ...rest,
    outcome:
      outcome.kind === 'verdict' && !Number.isFinite(outcome.score)
        ? { ...outcome, score: NO_SCORE }
        : outcome,
  })

/** Our own writing, read back. */
export const readBody = (body: string): ResultBody => {
  const { outcome, ...rest } = JSON.parse(body) as ResultFacts & { jobId: string; outcome: SavedOutcome }
  return {
    ...rest,
    outcome: outcome.kind === 'verdict' ? { ...outcome, score: outcome.score ?? Number.NaN } : outcome,
  }
}

type SavedOutcome =
  | { kind: 'verdict'; pass: boolean; level: Level; score: number | null; threshold: number | null }
  | { kind: 'error'; errorCode: number }

export const resultOf = ({ sequence, acquisitionId, body }: LoggedResult): Result => {
  const { jobId, outcome } = readBody(body)
  return { sequence, acquisitionId, jobId, outcome }
}
