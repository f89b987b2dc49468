/** What the PLC says to the box. All of it is level; what counts as an event is a rising edge. */
export interface PlcSignals {
  /** Triggers are wanted at all. */
  readonly triggerEnable: boolean
  /** Rising: inspect now. Kept until TriggerAck. */
  readonly trigger: boolean
  /** Product, program or part number, taken over with the trigger; '' = none, null = it could not be read. */
  readonly jobId: string | null
  /** Rising, after ResultsValid: the result has been read. */
  readonly resultsAck: boolean
  /** Rising: the error has been seen. */
  readonly clearError: boolean
}

/** What the box says to the PLC, but for the heartbeat, which whoever owns the clock counts. */
export interface BoxSignals {
  /** A flow stands behind the handshake. */
  readonly online: boolean
  /** A trigger now would be taken. */
  readonly triggerReady: boolean
  /** The trigger was taken; falls once Trigger has fallen. */
  readonly triggerAck: boolean
  /** An inspection is under way. */
  readonly busy: boolean
  /** The inspection has ended, with a result or with an error; held as they are. */
  readonly inspectionCompleted: boolean
  /** The result below is whole; held until ResultsAck. */
  readonly resultsValid: boolean
  /** The verdict is ok or warning. False while undecided, on an error, and while there is no result. */
  readonly jobPass: boolean
  /** 0..1; −1 = there is none. */
  readonly score: number
  /** 0..1; −1 = there is none. */
  readonly threshold: number
  readonly level: Level
  readonly error: boolean
  /** 0 = none; docs/opcua-handshake.md lists the others. */
  readonly errorCode: number
  /** Of the result or error shown; while none is, of the last trigger taken. 1 … 4,294,967,295, then 1 again; 0 = none yet. */
  readonly acquisitionId: number
  /** Triggers that could not be taken and results that lost their place unread, in all; wraps like AcquisitionId. */
  readonly missedAcquisitions: number
}

/** Scalars that every PLC has: no enumeration types. */
export const LEVELS = { none: 0, ok: 1, warning: 2, alarm: 3, undecided: 4 } as const
export type Level = (typeof LEVELS)[keyof typeof LEVELS]

/** How one inspection ended. */
export type Outcome =
  | {
      readonly kind: 'verdict'
      readonly pass: boolean
      readonly level: Level
      /** NaN = there is none. */
      readonly score: number
      readonly threshold: number | null
    }
  | { readonly kind: 'error'; readonly errorCode: number }

/** A result or error on its way to the PLC. */
export interface Result {
  /** Of the log that keeps it. */
  readonly sequence: number
  readonly acquisitionId: number
  readonly jobId: string
  readonly outcome: Outcome
}

export const QUIET_PLC: PlcSignals = {
  triggerEnable: false,
  trigger: false,
  jobId: '',
  resultsAck: false,
  clearError: false,
}
