import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  NodeId,
  NodeIdType,
  ReferenceTypeIds,
  resolveNodeId,
} from 'node-opcua'

/** Deeper than any hierarchy of types; a server whose types go in circles is not followed. */
const MAX_DEPTH = 16

/** Of namespace 0 (Part 3 §8): Number, Integer and UInteger stand for several; an enumeration is an Int32 on the wire. */
const OPEN_TYPES: readonly number[] = [DataType.Variant, 26, 27, 28]
const ENUMERATION = 29

/** Part 3 §5.6.2: −1 scalar, −2 any, −3 scalar or one-dimensional. */
const SCALAR_RANKS = [-1, -2, -3]

/** What one variable holds: a built-in type, null where the server leaves it open, or why it cannot be used. */
export type HeldType = DataType | null | Error

/** The types of scalar variables, in one request where they are the standard's own. */
export const readTypes = async (
  session: ClientSession,
  nodeIds: readonly string[],
): Promise<readonly HeldType[]> => {
  const attributes = await session.read(
    nodeIds.flatMap((nodeId) => [
      { nodeId, attributeId: AttributeIds.DataType },
      { nodeId, attributeId: AttributeIds.ValueRank },
    ]),
  )
  const known = new Map<string, Promise<HeldType>>()
  return Promise.all(
    nodeIds.map(async (_nodeId, i) => {
      const [type, rank] = attributes.slice(2 * i)
      if (!type?.statusCode.isGood()) return new Error(type?.statusCode.name ?? 'the server has left it out')
      // Servers that do not tell the rank hold a scalar.
      if (rank?.statusCode.isGood() && !SCALAR_RANKS.includes(Number(rank.value.value)))
        return new Error('it is an array')
      const id: unknown = type.value.value
      if (!(id instanceof NodeId)) return new Error('the server does not tell its data type')
      const found = known.get(String(id)) ?? builtInType(session, id)
      known.set(String(id), found)
      return found
    }),
  )
}

/** Up the hierarchy: PLCs have types of their own, such as Siemens' Word below UInt16. */
const builtInType = async (session: ClientSession, dataType: NodeId): Promise<HeldType> => {
  let id = dataType
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (id.namespace === 0 && id.identifierType === NodeIdType.NUMERIC) {
      const number = Number(id.value)
      if (OPEN_TYPES.includes(number)) return null
      if (number === ENUMERATION) return DataType.Int32
      if (number > DataType.Null && number <= DataType.DiagnosticInfo) return number
    }
    const { references } = await session.browse({
      nodeId: id,
      browseDirection: BrowseDirection.Inverse,
      referenceTypeId: resolveNodeId(ReferenceTypeIds.HasSubtype),
      includeSubtypes: false,
      resultMask: 0,
    })
    const parent = references?.[0]
    if (!parent) break
    id = parent.nodeId
  }
  return new Error(`its data type ${dataType} belongs to no built-in one`)
}
