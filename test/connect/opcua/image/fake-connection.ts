import {
  AttributeIds,
  type ClientSession,
  DataType,
  DataValue,
  type DataValueOptions,
  type NumericRange,
  type ReadValueIdOptions,
  StatusCodes,
  VariantArrayType,
} from 'node-opcua'
import type { Connection, ConnectionStatus, Watched } from '../../../../connect/opcua/client/types.ts'
import { codedError } from '../../../../errors/index.ts'

/** What a node answers to a read of its value. */
export type Answer = (range: NumericRange | undefined) => DataValue | Promise<DataValue>

/** A server as far as images need one, and the connection to it. */
export interface FakeConnection extends Connection {
  readonly answers: Map<string, Answer>
  /** One for each Read service: the ranges asked of values, `''` for whole ones. */
  readonly reads: string[][]
  readonly watched: Watched[]
  /** Most reads that were under way at once. */
  mostReads(): number
  notify(nodeId: string, value: DataValue): void
  setState(state: ConnectionStatus['state']): void
}

/** [high, low]: node-opcua cannot tell them from an array. */
const WORDS_64 = [DataType.Int64, DataType.UInt64]

export const goodValue = (dataType: DataType, value: unknown, options: DataValueOptions = {}): DataValue =>
  new DataValue({
    value: { dataType, value, ...(WORDS_64.includes(dataType) && { arrayType: VariantArrayType.Scalar }) },
    statusCode: StatusCodes.Good,
    ...options,
  })

export const withStatus = (statusCode: DataValue['statusCode']): DataValue => new DataValue({ statusCode })

/** The bytes that an IndexRange asks for, as servers give them. */
export const ranged =
  (bytes: Buffer, options: DataValueOptions = {}): Answer =>
  (range) => {
    if (range === undefined || range.isEmpty()) return goodValue(DataType.ByteString, bytes, options)
    const [from, to] = [range.value].flat() as number[]
    if (from! >= bytes.length) return new DataValue({ statusCode: StatusCodes.BadIndexRangeNoData })
    return goodValue(DataType.ByteString, bytes.subarray(from, (to ?? from!) + 1), options)
  }

export const fakeConnection = (): FakeConnection => {
  const answers = new Map<string, Answer>()
  const reads: string[][] = []
  const watched: Watched[] = []
  const listeners = new Set<(status: ConnectionStatus) => void>()
  let state: ConnectionStatus['state'] = 'online'
  let [running, most] = [0, 0]

  const read = async (asked: ReadValueIdOptions[]): Promise<DataValue[]> => {
    running++
    most = Math.max(most, running)
    reads.push(asked.map(({ indexRange }) => indexRange?.toString() ?? ''))
    try {
      // One after the other, as a server takes the nodes of a Read.
      const values: DataValue[] = []
      for (const { nodeId, attributeId, indexRange } of asked)
        values.push(
          attributeId === AttributeIds.DataType
            ? withStatus(StatusCodes.Good)
            : await (answers.get(String(nodeId)) ?? (() => withStatus(StatusCodes.BadNodeIdUnknown)))(
                indexRange as NumericRange | undefined,
              ),
        )
      return values
    } finally {
      running--
    }
  }
  const session = { read } as unknown as ClientSession
  const status = (): ConnectionStatus => ({
    state,
    reconnects: 0,
    overflows: 0,
    losses: 0,
    lastError: null,
    lastAnswerAt: null,
  })

  return {
    answers,
    reads,
    watched,
    mostReads: () => most,
    notify: (nodeId, value) => {
      for (const one of watched) if (one.nodeId === nodeId) one.onChange(value)
    },
    setState: (now) => {
      state = now
      for (const listener of listeners) listener(status())
    },
    status,
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    use: async (action) => {
      if (state !== 'online') throw codedError('OPCUA_OFFLINE', 'there is no session.')
      return action(session)
    },
    watch: (items) => {
      watched.push(...items)
      return () => {
        for (const item of items) watched.splice(watched.indexOf(item), 1)
      }
    },
    close: async () => {},
  }
}
