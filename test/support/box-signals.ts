import { type BoxSignals, LEVELS } from '../../connect/opcua/handshake/index.ts'

/** A box that waits for its first trigger. */
export const QUIET_BOX: BoxSignals = {
  online: true,
  triggerReady: true,
  triggerAck: false,
  busy: false,
  inspectionCompleted: false,
  resultsValid: false,
  jobPass: false,
  score: -1,
  threshold: -1,
  level: LEVELS.none,
  error: false,
  errorCode: 0,
  acquisitionId: 0,
  missedAcquisitions: 0,
}

/** One that shows the result of a good part. */
export const PASSED_BOX: BoxSignals = {
  ...QUIET_BOX,
  triggerReady: false,
  inspectionCompleted: true,
  resultsValid: true,
  jobPass: true,
  score: 0.25,
  threshold: 0.5,
  level: LEVELS.ok,
  acquisitionId: 1,
}
