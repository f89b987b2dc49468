import type { BoxSignals, PlcSignals } from '../../handshake/index.ts'

/** Scalars that a Siemens S7-1500 and a Beckhoff client can use (docs/opcua-server.md). */
export type ScalarType = 'Boolean' | 'UInt16' | 'UInt32' | 'Float' | 'String' | 'DateTime' | 'ImageJPG'
export type Scalar = boolean | number | string | Date | Uint8Array

export interface FlatVariable {
  readonly type: ScalarType
  /** For the person who looks at it in a browser of OPC UA. */
  readonly text: string
  /** An array with an element for each result of the history. */
  readonly rows?: true
}

/** 01.01.1601: OPC UA's "no time" (Part 6 §5.2.2.5). */
export const NO_TIME = new Date('1601-01-01T00:00:00Z')

export const EMPTY: Readonly<Record<ScalarType, Scalar>> = {
  Boolean: false,
  UInt16: 0,
  UInt32: 0,
  Float: 0,
  String: '',
  DateTime: NO_TIME,
  ImageJPG: new Uint8Array(),
}

/** Written by the PLC. */
export const CONTROL = {
  TriggerEnable: { type: 'Boolean', text: 'Triggers are wanted.' },
  Trigger: { type: 'Boolean', text: 'Rising: inspect now. Keep it until TriggerAck.' },
  JobId: { type: 'String', text: 'Product, program or part number, taken over with the trigger.' },
  ResultsAck: { type: 'Boolean', text: 'Rising, after ResultsValid: the result has been read.' },
  ClearError: { type: 'Boolean', text: 'Rising: the error has been seen.' },
} as const satisfies Record<Capitalize<keyof PlcSignals>, FlatVariable>

const STATUS = {
  Online: { type: 'Boolean', text: 'A flow stands behind the station.' },
  TriggerReady: { type: 'Boolean', text: 'A trigger now would be taken.' },
  TriggerAck: { type: 'Boolean', text: 'The trigger was taken; falls once Trigger has fallen.' },
  Busy: { type: 'Boolean', text: 'An inspection is under way.' },
  InspectionCompleted: {
    type: 'Boolean',
    text: 'The inspection has ended, with a result or an error. Held as they are.',
  },
  ResultsValid: { type: 'Boolean', text: 'The values below Result are whole. Held until ResultsAck.' },
  Error: { type: 'Boolean', text: 'The inspection has failed. Held until ClearError.' },
  ErrorCode: { type: 'UInt16', text: 'Why; 0 = no error.' },
  AcquisitionId: {
    type: 'UInt32',
    text: 'Number of the result or error shown; while none is, of the last trigger taken.',
  },
  MissedAcquisitions: { type: 'UInt32', text: 'Triggers that could not be taken, in all.' },
  Heartbeat: { type: 'UInt32', text: 'Counts seconds while the station lives.' },
} as const satisfies Record<string, FlatVariable>

/** Of the result shown; empty while there is none. */
export const RESULT = {
  JobPass: { type: 'Boolean', text: 'The part is good. Never true on an error or while undecided.' },
  Score: { type: 'Float', text: 'Anomaly score, 0 to 1; -1 = there is none.' },
  Threshold: { type: 'Float', text: 'What the score was judged by, 0 to 1; -1 = there is none.' },
  Level: { type: 'UInt16', text: '0 none, 1 ok, 2 warning, 3 alarm, 4 undecided.' },
  JobId: { type: 'String', text: 'As it was taken over with the trigger.' },
  AcquisitionId: { type: 'UInt32', text: 'Number of this result; 0 = there is none.' },
  CapturedAt: { type: 'DateTime', text: 'When the image was taken, UTC.' },
  Source: { type: 'String', text: 'Where the image came from.' },
  Reason: { type: 'String', text: 'The verdict in a sentence, or the text of the error.' },
  EventId: { type: 'String', text: 'Of the inspection and its event on MQTT.' },
  Overlay: { type: 'ImageJPG', text: 'The image with its anomaly map; empty = there is none.' },
} as const satisfies Record<string, FlatVariable>

/** Arrays of one length, the newest result first, the rest empty. */
export const HISTORY = {
  Count: { type: 'UInt32', text: 'How many elements of the arrays are results.' },
  AcquisitionId: { type: 'UInt32', text: 'Number of the result.', rows: true },
  JobPass: { type: 'Boolean', text: 'The part was good.', rows: true },
  Score: { type: 'Float', text: 'Anomaly score, 0 to 1; -1 = there was none.', rows: true },
  Threshold: { type: 'Float', text: 'What the score was judged by; -1 = there was none.', rows: true },
  Level: { type: 'UInt16', text: '0 none, 1 ok, 2 warning, 3 alarm, 4 undecided.', rows: true },
  ErrorCode: { type: 'UInt16', text: 'Why the inspection failed; 0 = it has not.', rows: true },
  JobId: { type: 'String', text: 'As it was taken over with the trigger.', rows: true },
  CapturedAt: { type: 'DateTime', text: 'When the image was taken, UTC.', rows: true },
} as const satisfies Record<string, FlatVariable>

export const GROUPS = {
  Control: { text: 'Written by the PLC.', variables: CONTROL },
  Status: { text: 'Where the handshake stands.', variables: STATUS },
  Result: { text: 'The result that is shown.', variables: RESULT },
  History: { text: 'The newest results, the newest first.', variables: HISTORY },
} as const satisfies Record<string, { text: string; variables: Record<string, FlatVariable> }>

/** Where each signal of the handshake stands. */
export const PLACES = {
  online: ['Status', 'Online'],
  triggerReady: ['Status', 'TriggerReady'],
  triggerAck: ['Status', 'TriggerAck'],
  busy: ['Status', 'Busy'],
  inspectionCompleted: ['Status', 'InspectionCompleted'],
  resultsValid: ['Status', 'ResultsValid'],
  error: ['Status', 'Error'],
  errorCode: ['Status', 'ErrorCode'],
  acquisitionId: ['Status', 'AcquisitionId'],
  missedAcquisitions: ['Status', 'MissedAcquisitions'],
  jobPass: ['Result', 'JobPass'],
  score: ['Result', 'Score'],
  threshold: ['Result', 'Threshold'],
  level: ['Result', 'Level'],
} as const satisfies Record<keyof BoxSignals, readonly ['Status' | 'Result', string]>
