import { DataType, type Namespace, type UAVariable } from 'node-opcua'
import type { Pki } from '../connect/opcua/pki/index.ts'
import { addScalar, startSimulatedServer } from './opcua-server.ts'
import { watching } from './plc-memory.ts'
import type { BoxView, PlcSignals } from './plc-program.ts'

/** As a PLC's programmer would declare them, with what the program writes itself first. */
const CONTROL = {
  TriggerEnable: 'Boolean',
  Trigger: 'Boolean',
  JobId: 'String',
  ResultsAck: 'Boolean',
  ClearError: 'Boolean',
} as const
const STATUS = {
  Online: 'Boolean',
  TriggerReady: 'Boolean',
  TriggerAck: 'Boolean',
  Busy: 'Boolean',
  InspectionCompleted: 'Boolean',
  ResultsValid: 'Boolean',
  JobPass: 'Boolean',
  Score: 'Float',
  Threshold: 'Float',
  Level: 'UInt16',
  Error: 'Boolean',
  ErrorCode: 'UInt16',
  AcquisitionId: 'UInt32',
  MissedAcquisitions: 'UInt32',
  Heartbeat: 'UInt16',
} as const

/** By the names of the signals. */
export const SIGNAL_TYPES = { ...CONTROL, ...STATUS } as const

type SignalName = keyof typeof SIGNAL_TYPES
type Type = (typeof SIGNAL_TYPES)[SignalName]

const EMPTY: Readonly<Record<Type, boolean | string | number>> = {
  Boolean: false,
  String: '',
  Float: 0,
  UInt16: 0,
  UInt32: 0,
}

/** A PLC with an OPC UA server: the box, as its client, writes `Status.…` and watches `Control.…`. */
export interface Plc extends PlcSignals {
  readonly url: string
  close(): Promise<void>
}

export const startPlc = async (port: number, pki: Pki): Promise<Plc> => {
  let signals: PlcSignals | null = null
  const { url, close } = await startSimulatedServer({
    name: 'Simulated PLC',
    port,
    pki,
    build: (namespace) => {
      signals = addSignals(namespace)
    },
  })
  return { ...signals!, url, close }
}

/** The node ids of one handshake in the simulated PLC, by the names of its signals. @param line '' = the only one */
export const nodeIdsOf = (line = ''): Record<SignalName, string> =>
  Object.fromEntries(
    Object.entries({ Control: CONTROL, Status: STATUS }).flatMap(([group, names]) =>
      Object.keys(names).map((name) => [name, `ns=1;s=${line}${group}.${name}`]),
    ),
  ) as Record<SignalName, string>

/** Adds the variables of one handshake. @param line before every name */
export const addSignals = (namespace: Namespace, line = ''): PlcSignals => {
  const variables = new Map<string, UAVariable>()
  const look = (): BoxView =>
    Object.fromEntries(
      Object.keys(STATUS).map((name) => [name, variables.get(name)?.readValue().value.value]),
    ) as unknown as BoxView
  const memory = watching(look)
  for (const [group, names] of Object.entries({ Control: CONTROL, Status: STATUS }))
    for (const [name, type] of Object.entries(names)) {
      const variable = addScalar(namespace, `${line}${group}.${name}`, type, group === 'Status')
      variable.setValueFromSource({ dataType: DataType[type], value: EMPTY[type] })
      variable.on('value_changed', memory.changed)
      variables.set(name, variable)
    }
  return {
    until: memory.until,
    read: async () => look(),
    set: async (changes) => {
      for (const [name, value] of Object.entries(changes))
        variables
          .get(name)
          ?.setValueFromSource({ dataType: DataType[CONTROL[name as keyof typeof CONTROL]], value })
    },
  }
}
