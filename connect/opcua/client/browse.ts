import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  NodeClass,
  type ReferenceDescription,
} from 'node-opcua'
import { nodeIdFrom } from '../node-id.ts'
import type { Connection } from './types.ts'

export interface BrowsedNode {
  readonly nodeId: string
  readonly browseName: string
  readonly displayName: string
  readonly nodeClass: 'Object' | 'Variable' | 'Method' | 'View'
  /** Of a variable; its own name where it is no built-in type. */
  readonly dataType: string | null
  /** −1 scalar, 1 a row of values, … (Part 3 §5.6.2); null for what is no variable. */
  readonly valueRank: number | null
  /** What this user may do. */
  readonly readable: boolean
  readonly writable: boolean
}

export interface Browsed {
  readonly nodes: readonly BrowsedNode[]
  /** There are more than can be shown. */
  readonly truncated: boolean
}

/** More children than anybody scrolls through. */
const MAX_CHILDREN = 2_000
const PER_REQUEST = 500

/**
 * What lies below a node, for choosing from.
 * @throws OPCUA_NODE_ID, OPCUA_REFUSED, and what `use` throws
 */
export const browse = (connection: Connection, nodeId: string, timeoutMs?: number): Promise<Browsed> =>
  connection.use(async (session) => {
    const { references, truncated } = await childrenOf(session, nodeId)
    const nodes: BrowsedNode[] = []
    for (let i = 0; i < references.length; i += PER_REQUEST)
      nodes.push(...(await describe(session, references.slice(i, i + PER_REQUEST))))
    return { nodes, truncated }
  }, timeoutMs)

const childrenOf = async (
  session: ClientSession,
  nodeId: string,
): Promise<{ references: ReferenceDescription[]; truncated: boolean }> => {
  let result = await session.browse({
    nodeId: nodeIdFrom(nodeId, 'the node to look into'),
    browseDirection: BrowseDirection.Forward,
    referenceTypeId: 'HierarchicalReferences',
    includeSubtypes: true,
    nodeClassMask: NodeClass.Object | NodeClass.Variable | NodeClass.Method | NodeClass.View,
    resultMask: 63,
  })
  const references = new Map<string, ReferenceDescription>()
  for (;;) {
    if (result.statusCode.isBad()) throw new Error(`${nodeId} cannot be browsed: ${result.statusCode.name}`)
    // A child may hang on several references.
    for (const one of result.references ?? []) references.set(one.nodeId.toString(), one)
    const more = result.continuationPoint?.length > 0
    if (!more || references.size >= MAX_CHILDREN) {
      if (more) await session.browseNext(result.continuationPoint, true)
      const found = [...references.values()]
      return { references: found.slice(0, MAX_CHILDREN), truncated: more || found.length > MAX_CHILDREN }
    }
    result = await session.browseNext(result.continuationPoint, false)
  }
}

const VARIABLE_ATTRIBUTES = [
  AttributeIds.DataType,
  AttributeIds.ValueRank,
  AttributeIds.UserAccessLevel,
] as const

const describe = async (
  session: ClientSession,
  references: readonly ReferenceDescription[],
): Promise<BrowsedNode[]> => {
  const variables = references.filter(({ nodeClass }) => nodeClass === NodeClass.Variable)
  const values = await session.read(
    variables.flatMap(({ nodeId }) => VARIABLE_ATTRIBUTES.map((attributeId) => ({ nodeId, attributeId }))),
  )
  const facts = new Map(
    variables.map(({ nodeId }, index) => {
      const [dataType, valueRank, access] = values
        .slice(3 * index, 3 * index + 3)
        .map(({ value }) => value?.value)
      return [
        nodeId.toString(),
        { dataType, valueRank, access: typeof access === 'number' ? access : 0 },
      ] as const
    }),
  )
  const names = await dataTypeNames(
    session,
    [...facts.values()].map(({ dataType }) => dataType),
  )
  return references.map(({ nodeId, browseName, displayName, nodeClass }) => {
    const id = nodeId.toString()
    const fact = facts.get(id)
    return {
      nodeId: id,
      browseName: browseName.toString(),
      displayName: displayName.text || browseName.name || id,
      nodeClass: NodeClass[nodeClass] as BrowsedNode['nodeClass'],
      dataType: fact ? (names.get(String(fact.dataType)) ?? null) : null,
      valueRank: typeof fact?.valueRank === 'number' ? fact.valueRank : null,
      // Part 3 §8.57: bit 0 CurrentRead, bit 1 CurrentWrite.
      readable: fact !== undefined && (fact.access & 1) !== 0,
      writable: fact !== undefined && (fact.access & 2) !== 0,
    }
  })
}

/** Built-in types have their names here; the server is asked for the others. */
const dataTypeNames = async (
  session: ClientSession,
  found: readonly unknown[],
): Promise<Map<string, string>> => {
  const names = new Map<string, string>()
  const asked = new Set<string>()
  for (const id of found) {
    const text = String(id)
    const builtIn = /^(?:ns=0;)?i=(\d+)$/.exec(text)?.[1]
    const name = builtIn === undefined ? undefined : DataType[Number(builtIn)]
    if (name !== undefined) names.set(text, name)
    else if (id) asked.add(text)
  }
  if (asked.size === 0) return names
  const ids = [...asked]
  const read = await session.read(ids.map((nodeId) => ({ nodeId, attributeId: AttributeIds.BrowseName })))
  for (const [index, id] of ids.entries()) {
    const name: unknown = read[index]?.value?.value?.name
    if (typeof name === 'string') names.set(id, name)
  }
  return names
}
