import {
  AttributeIds,
  type ClientSession,
  type DataType,
  type DataValue,
  Variant,
  VariantArrayType,
  WriteValue,
} from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { nodeIdFrom } from '../node-id.ts'
import { toScalar } from './scalar.ts'
import type { Connection } from './types.ts'

export interface ToWrite {
  readonly nodeId: string
  /** A scalar, or an array for an array variable. */
  readonly value: unknown
  /** When it is known already; otherwise the server is asked for it, once a session. */
  readonly dataType?: DataType
}

/** Values with status and timestamps, in the order asked for; a bad status is in the value, not thrown. */
export const readValues = (
  connection: Connection,
  nodeIds: readonly string[],
  timeoutMs?: number,
): Promise<readonly DataValue[]> =>
  connection.use(
    (session) =>
      session.read(
        nodeIds.map((nodeId) => ({
          nodeId: nodeIdFrom(nodeId, 'the variable'),
          attributeId: AttributeIds.Value,
        })),
      ),
    timeoutMs,
  )

/**
 * Writes values in one request, each in the data type of its variable. Whoever needs an order makes several requests: the
 * standard promises none within one (Part 4 §5.11.4).
 * @throws OPCUA_NODE_ID, OPCUA_TYPE before anything is written; OPCUA_REFUSED naming the variables that were refused; what `use` throws
 */
export const writeValues = (
  connection: Connection,
  values: readonly ToWrite[],
  timeoutMs?: number,
): Promise<void> =>
  connection.use(async (session) => {
    if (values.length === 0) return
    const types = await dataTypesOf(session, values)
    const nodesToWrite = values.map(
      ({ nodeId, value }, index) =>
        new WriteValue({
          nodeId: nodeIdFrom(nodeId, 'the variable'),
          attributeId: AttributeIds.Value,
          // No status and no timestamps: an S7-1500 refuses them with BadWriteNotSupported.
          value: { value: variantOf(nodeId, value, types[index]!) },
        }),
    )
    const results = await session.write(nodesToWrite)
    const bad = results.flatMap((status, index) =>
      status.isGood() ? [] : [`${values[index]!.nodeId} with ${status.name}`],
    )
    if (bad.length > 0)
      throw codedError(
        'OPCUA_REFUSED',
        `the server refuses to write ${bad.join(', ')}. Check the node ids, and that the user may write them.`,
      )
  }, timeoutMs)

/** Types do not change under a session; a new one may meet a new program in the PLC. */
const known = new WeakMap<ClientSession, Map<string, DataType>>()

const dataTypesOf = async (
  session: ClientSession,
  values: readonly ToWrite[],
): Promise<readonly DataType[]> => {
  const types = known.get(session) ?? new Map<string, DataType>()
  known.set(session, types)
  const unknown = [
    ...new Set(
      values.flatMap(({ nodeId, dataType }) =>
        dataType === undefined && !types.has(nodeId) ? [nodeId] : [],
      ),
    ),
  ]
  await Promise.all(
    unknown.map(async (nodeId) =>
      types.set(nodeId, await session.getBuiltInDataType(nodeIdFrom(nodeId, 'the variable'))),
    ),
  )
  return values.map(({ nodeId, dataType }) => dataType ?? types.get(nodeId)!)
}

/** @throws OPCUA_TYPE */
const variantOf = (nodeId: string, value: unknown, dataType: DataType): Variant =>
  isList(value)
    ? new Variant({
        dataType,
        arrayType: VariantArrayType.Array,
        value: Array.from(value, (one) => toScalar(one, dataType, nodeId)),
      })
    : new Variant({ dataType, value: toScalar(value, dataType, nodeId) })

/** Bytes are one value, not a list. */
const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) ||
  (ArrayBuffer.isView(value) && !(value instanceof Uint8Array) && !(value instanceof DataView))
