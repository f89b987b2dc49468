import { codedError } from '../../../errors/index.ts'
import type { BoxSignals, PlcSignals } from '../handshake/index.ts'
import { nodeIdFrom } from '../node-id.ts'

/** Signals that the PLC writes, by the names of the mapping and of the handshake. */
export const PLC_SIGNALS = {
  TriggerEnable: 'triggerEnable',
  Trigger: 'trigger',
  JobId: 'jobId',
  ResultsAck: 'resultsAck',
  ClearError: 'clearError',
} as const satisfies Record<string, keyof PlcSignals>

/** Signals that we write. */
export const BOX_SIGNALS = {
  Online: 'online',
  TriggerReady: 'triggerReady',
  TriggerAck: 'triggerAck',
  Busy: 'busy',
  InspectionCompleted: 'inspectionCompleted',
  ResultsValid: 'resultsValid',
  JobPass: 'jobPass',
  Score: 'score',
  Threshold: 'threshold',
  Level: 'level',
  Error: 'error',
  ErrorCode: 'errorCode',
  AcquisitionId: 'acquisitionId',
  MissedAcquisitions: 'missedAcquisitions',
  Heartbeat: 'heartbeat',
} as const satisfies Record<string, keyof BoxSignals | 'heartbeat'>

export type PlcSignalName = keyof typeof PLC_SIGNALS
export type BoxSignalName = keyof typeof BOX_SIGNALS
export type SignalName = PlcSignalName | BoxSignalName

/** As the handshake has it: `jobPass`. */
export type BoxSignal = (typeof BOX_SIGNALS)[BoxSignalName]

/** Node ids by the names of the signals; what is not there is not used. */
export type Mapping = Readonly<Partial<Record<SignalName, string>>>

export const isSignalName = (name: string): name is SignalName =>
  Object.hasOwn(PLC_SIGNALS, name) || Object.hasOwn(BOX_SIGNALS, name)

/** Names as the mapping has them. */
export const NAME_OF = Object.fromEntries(
  Object.entries({ ...PLC_SIGNALS, ...BOX_SIGNALS }).map(([name, signal]) => [signal, name]),
) as Readonly<Record<BoxSignal | keyof PlcSignals, SignalName>>

/**
 * Refuses a mapping that no handshake can work with: one in which a result, or the end of a failed inspection, could not
 * be told from nothing.
 * @throws OPCUA_MAPPING, OPCUA_NODE_ID
 */
export const checkMapping = (mapping: Mapping): void => {
  const entries = Object.entries(mapping) as [SignalName, string][]
  for (const [name, nodeId] of entries) {
    const text = String(nodeIdFrom(nodeId, name))
    const [twin] =
      entries.find(([other, id]) => other !== name && String(nodeIdFrom(id, other)) === text) ?? []
    if (twin)
      throw unusable(`${name} and ${twin} have the same node, ${nodeId}. Each signal needs one of its own`)
  }
  const has = (...names: SignalName[]): boolean => names.some((name) => mapping[name] !== undefined)
  if (!has('ResultsValid', 'JobPass'))
    throw unusable(
      'neither ResultsValid nor JobPass has a node, so that a PLC would see no result. Map ResultsValid',
    )
  for (const asking of ['Trigger', 'ResultsAck'] as const) {
    if (!has(asking)) continue
    if (!has('ResultsValid'))
      throw unusable(
        `${asking} has a node and ResultsValid has none: the PLC would not know when to read. Map ResultsValid`,
      )
    if (!has('Error', 'InspectionCompleted'))
      throw unusable(
        `${asking} has a node and neither Error nor InspectionCompleted has one: after a failed inspection the PLC would wait for ever. ` +
          'Map Error',
      )
  }
}

const unusable = (found: string): Error => codedError('OPCUA_MAPPING', `${found}.`)
