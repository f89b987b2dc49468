import type { DataValue } from 'node-opcua'
import { openConnection, readValues, writeValues } from '../connect/opcua/client/index.ts'
import { watching } from './plc-memory.ts'
import type { BoxView, PlcSignals } from './plc-program.ts'

/** Of the box's address space: the first namespace behind the server's own. */
const nodeIdOf = (station: string, name: string): string => `ns=2;s=${station}.${name}`

const SEEN = {
  TriggerReady: 'Status.TriggerReady',
  TriggerAck: 'Status.TriggerAck',
  ResultsValid: 'Status.ResultsValid',
  Error: 'Status.Error',
  ErrorCode: 'Status.ErrorCode',
  AcquisitionId: 'Status.AcquisitionId',
  JobPass: 'Result.JobPass',
  Score: 'Result.Score',
  Threshold: 'Result.Threshold',
  Level: 'Result.Level',
} as const satisfies Record<keyof BoxView, string>

/** Cycle of the PLC's program, ms. */
const PUBLISHING_MS = 10

export interface PlcClientOptions {
  readonly url: string
  readonly station: string
  readonly pkiFolder: string
}

/** A PLC with an OPC UA client: it watches the box's server and writes `Control.…` there. */
export const openPlcClient = ({
  url,
  station,
  pkiFolder,
}: PlcClientOptions): PlcSignals & { close(): Promise<void> } => {
  const connection = openConnection({
    endpointUrl: url,
    securityMode: 'SignAndEncrypt',
    securityPolicy: 'Basic256Sha256',
    identity: { type: 'anonymous' },
    pkiFolder,
    requestTimeoutMs: 10_000,
    watchdogMs: 2_000,
  })
  const seen = new Map<string, unknown>()
  const names = Object.keys(SEEN) as (keyof BoxView)[]
  const memory = watching(() =>
    names.every((name) => seen.has(name)) ? (Object.fromEntries(seen) as unknown as BoxView) : null,
  )
  // Values of one notification come in one go; the program is to see all of them.
  let told = false
  const changed = (name: string, { value }: DataValue): void => {
    seen.set(name, value.value)
    if (told) return
    told = true
    setImmediate(() => {
      told = false
      memory.changed()
    })
  }
  const unwatch = connection.watch(
    names.map((name) => ({
      nodeId: nodeIdOf(station, SEEN[name]),
      // 0: the server tells of every change, without sampling.
      samplingMs: 0,
      queueSize: 1,
      onChange: (value) => changed(name, value),
      onRefused: () => {},
    })),
    PUBLISHING_MS,
  )
  return {
    until: memory.until,
    read: async () => {
      const values = await readValues(
        connection,
        names.map((name) => nodeIdOf(station, SEEN[name])),
      )
      return Object.fromEntries(
        names.map((name, index) => [name, values[index]?.value.value]),
      ) as unknown as BoxView
    },
    set: (changes) =>
      writeValues(
        connection,
        Object.entries(changes).map(([name, value]) => ({
          nodeId: nodeIdOf(station, `Control.${name}`),
          value,
        })),
      ),
    close: async () => {
      unwatch()
      await connection.close()
    },
  }
}
