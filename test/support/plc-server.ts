import { type DataType, WriteRequest } from 'node-opcua'
import { BOX_SIGNALS, type Mapping, PLC_SIGNALS, type SignalName } from '../../connect/opcua/result/index.ts'
import { allowFastClients } from '../../connect/opcua/server/pace.ts'
import { SIGNAL_TYPES } from '../../demo/plc.ts'
import { type ServedVariable, startOpcUaServer, type TestServer } from './opcua-server.ts'

/** Far above what anything here takes; it only ends a test that would wait for ever, with words. */
const PATIENCE_MS = 15_000

const TYPES: Readonly<Record<SignalName, keyof typeof DataType>> = SIGNAL_TYPES

const ZERO: Readonly<Partial<Record<keyof typeof DataType, unknown>>> = {
  Boolean: false,
  String: '',
  Int64: [0, 0],
  UInt64: [0, 0],
}

/** Data that ResultsValid vouches for. */
const DATA = [
  'JobPass',
  'Score',
  'Threshold',
  'Level',
  'ErrorCode',
  'AcquisitionId',
] as const satisfies SignalName[]

export type Picture = Readonly<Record<SignalName, unknown>>

export interface PlcServerOptions {
  readonly port?: number
  readonly pkiFolder?: string
  /** Other types than the usual. */
  readonly types?: Readonly<Partial<Record<SignalName, keyof typeof DataType>>>
  /** Signals that this PLC does not have. */
  readonly without?: readonly SignalName[]
  readonly readOnly?: readonly SignalName[]
}

/** A PLC with an OPC UA server: the signals of the handshake as variables, and everything that was ever written to them. */
export interface PlcServer {
  readonly server: TestServer
  readonly mapping: Mapping
  /** Every Write request in the order of its arrival, by the names of the signals; the heartbeat's are left out. */
  readonly writes: readonly Readonly<Record<string, unknown>>[]
  /** Every moment at which a client that watches could have seen data change under ResultsValid. */
  readonly torn: readonly string[]
  picture(): Picture
  /** The PLC's program sets signals. */
  set(changes: Readonly<Partial<Record<SignalName, unknown>>>): void
  /** Waits until the PLC sees what is asked for. */
  until(what: string, isSo: (picture: Picture) => boolean): Promise<Picture>
  stop(): Promise<void>
}

const NAMES = [...Object.keys(PLC_SIGNALS), ...Object.keys(BOX_SIGNALS)] as SignalName[]

export const startPlcServer = async (options: PlcServerOptions = {}): Promise<PlcServer> => {
  allowFastClients()
  const { types = {}, without = [], readOnly = [], ...rest } = options
  const names = NAMES.filter((name) => !without.includes(name))
  const typeOf = (name: SignalName): keyof typeof DataType => types[name] ?? TYPES[name]
  const variables = names.map(
    (name): ServedVariable => ({
      name,
      dataType: typeOf(name),
      value: ZERO[typeOf(name)] ?? 0,
      writable: !readOnly.includes(name),
    }),
  )
  const server = await startOpcUaServer({ ...rest, variables })
  const writes: Record<string, unknown>[] = []
  const torn: string[] = []
  let look = (): void => {}
  let patience: NodeJS.Timeout | undefined

  server.server.on('request', (request: unknown) => {
    if (!(request instanceof WriteRequest)) return
    const written = Object.fromEntries(
      (request.nodesToWrite ?? []).map(({ nodeId, value }) => [
        String(nodeId.value),
        value.value.value as unknown,
      ]),
    )
    if (!Object.hasOwn(written, 'Heartbeat')) writes.push(written)
  })
  for (const name of names)
    server.variable(name).on('value_changed', () => {
      if (names.includes('ResultsValid') && server.get('ResultsValid') && DATA.some((data) => data === name))
        torn.push(`${name} became ${server.get(name)} under ResultsValid`)
      look()
    })

  const picture = (): Picture =>
    Object.fromEntries(
      NAMES.map((name) => [name, names.includes(name) ? server.get(name) : undefined]),
    ) as Picture
  return {
    server,
    mapping: Object.fromEntries(names.map((name) => [name, `ns=1;s=${name}`])),
    writes,
    torn,
    picture,
    set: (changes) => {
      for (const [name, value] of Object.entries(changes)) server.set(name, value)
    },
    until: (what, isSo) => {
      const { promise, resolve, reject } = Promise.withResolvers<Picture>()
      patience = setTimeout(
        () => reject(new Error(`waited in vain for ${what}; the PLC sees ${JSON.stringify(picture())}`)),
        PATIENCE_MS,
      )
      look = () => {
        const now = picture()
        if (!isSo(now)) return
        look = () => {}
        clearTimeout(patience)
        resolve(now)
      }
      look()
      return promise
    },
    stop: () => {
      clearTimeout(patience)
      look = () => {}
      return server.stop()
    },
  }
}

/** The program of the PLC for one part, waiting for each answer as it should. */
export const inspectPart = async (plc: PlcServer, jobId: unknown): Promise<Picture> => {
  await plc.until('TriggerReady', ({ TriggerReady }) => Boolean(TriggerReady))
  plc.set({ JobId: jobId })
  plc.set({ Trigger: true })
  await plc.until('TriggerAck', ({ TriggerAck }) => Boolean(TriggerAck))
  plc.set({ Trigger: false })
  return readResult(plc)
}

/** Waits for the result or error that stands, reads and acknowledges it. */
export const readResult = async (plc: PlcServer): Promise<Picture> => {
  const read = await plc.until('a result or an error', ({ ResultsValid, Error: failed }) =>
    Boolean(ResultsValid || failed),
  )
  const ack = read.Error ? 'ClearError' : 'ResultsAck'
  plc.set({ [ack]: true })
  await plc.until('the result to fall', ({ ResultsValid, Error: failed }) => !ResultsValid && !failed)
  plc.set({ [ack]: false })
  return read
}
