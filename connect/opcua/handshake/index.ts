export { readBody } from './body.ts'
export { PLC_ERRORS } from './error-codes.ts'
export { type FlowMessage, finishedOf } from './from-message.ts'
export type { Acquisition } from './machine.ts'
export { type SignalWrites, stepsBetween } from './order.ts'
export {
  type Fate,
  type Finished,
  type HandshakeOptions,
  type RunningHandshake,
  runHandshake,
  type ShownResult,
  type StoredResult,
  UNASKED,
} from './run.ts'
export {
  type BoxSignals,
  LEVELS,
  type Outcome,
  type PlcSignals,
  QUIET_PLC,
  type Result,
} from './signals.ts'
