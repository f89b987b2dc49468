import type { Outcome, ShownResult, StoredResult } from '../../handshake/index.ts'
import { EMPTY, type HISTORY, NO_TIME, type RESULT, type Scalar } from './table.ts'

/** The longest String of an S7: 254 characters. */
export const MAX_TEXT = 254

type Facts = Exclude<keyof typeof RESULT, 'JobPass' | 'Score' | 'Threshold' | 'Level'>

/** What stands under Result beside the signals of the handshake. */
export const factsOf = (shown: ShownResult | null): Readonly<Record<Facts, Scalar>> =>
  shown === null
    ? {
        JobId: '',
        AcquisitionId: 0,
        CapturedAt: NO_TIME,
        Source: '',
        Reason: '',
        EventId: '',
        Overlay: EMPTY.ImageJPG,
      }
    : {
        JobId: cut(shown.jobId),
        AcquisitionId: shown.acquisitionId,
        CapturedAt: timeOf(shown.capturedAt),
        Source: cut(shown.source),
        Reason: cut(shown.reason),
        EventId: cut(shown.id),
        Overlay: shown.overlay ?? EMPTY.ImageJPG,
      }

type Row = Readonly<Record<Exclude<keyof typeof HISTORY, 'Count'>, Scalar>>

/** A result as a row of the history. */
export const rowOf = ({ acquisitionId, jobId, outcome, capturedAt }: StoredResult): Row => ({
  AcquisitionId: acquisitionId,
  ...outcomeOf(outcome),
  JobId: cut(jobId),
  CapturedAt: timeOf(capturedAt),
})

const outcomeOf = (outcome: Outcome): Pick<Row, 'JobPass' | 'Score' | 'Threshold' | 'Level' | 'ErrorCode'> =>
  outcome.kind === 'error'
    ? { JobPass: false, Score: -1, Threshold: -1, Level: 0, ErrorCode: outcome.errorCode }
    : {
        JobPass: outcome.pass,
        Score: Number.isFinite(outcome.score) ? outcome.score : -1,
        Threshold: outcome.threshold ?? -1,
        Level: outcome.level,
        ErrorCode: 0,
      }

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text)

const timeOf = (iso: string): Date => {
  const time = new Date(iso)
  return Number.isNaN(time.getTime()) ? NO_TIME : time
}
