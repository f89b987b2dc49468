import {
  checkMapping,
  isSignalName,
  type Mapping,
  type SignalName,
} from '../../connect/opcua/result/index.ts'
import { codedError, shown } from '../../errors/index.ts'
import { type NodeDef, readNumber, requireVersion } from '../wiring/index.ts'

/** What the editor saves for `opcua-result`; numbers are text there. */
export interface OpcUaResultConfig extends NodeDef {
  version: number
  /** Id of an `opcua-connection` node. */
  connection: string
  /** Rows of signal and node id; a row without a node id is not used. */
  mapping: unknown
  inspectionTimeoutS: string
  publishingMs: string
  heartbeatMs: string
  maxWaiting: string
}

export interface ResultSettings {
  readonly mapping: Mapping
  readonly inspectionTimeoutMs: number
  readonly publishingMs: number
  readonly heartbeatMs: number
  readonly maxWaiting: number
}

/** @throws NODE_CONFIG, OPCUA_MAPPING, OPCUA_NODE_ID */
export const readSettings = (config: OpcUaResultConfig): ResultSettings => {
  requireVersion(config, 1)
  const mapping = readMapping(config.mapping)
  checkMapping(mapping)
  return {
    mapping,
    inspectionTimeoutMs:
      readNumber(config, 'inspectionTimeoutS', { min: 0.1, max: 3600, fallback: 30 }) * 1000,
    publishingMs: readNumber(config, 'publishingMs', { min: 5, max: 10_000, fallback: 20 }),
    heartbeatMs: readNumber(config, 'heartbeatMs', { min: 50, max: 60_000, fallback: 1000 }),
    maxWaiting: readNumber(config, 'maxWaiting', { min: 1, max: 100_000, integer: true, fallback: 1000 }),
  }
}

const readMapping = (saved: unknown): Mapping => {
  if (!Array.isArray(saved)) throw wrong(`"mapping" is ${shown(saved)}, expected rows of signal and node id`)
  const mapping: Partial<Record<SignalName, string>> = {}
  for (const row of saved as unknown[]) {
    const [signal, nodeId] = [fieldOf(row, 'signal'), fieldOf(row, 'nodeId')]
    if (nodeId === '') continue
    if (!isSignalName(signal))
      throw wrong(`"mapping" names the signal ${shown(signal)}, which the handshake does not have`)
    if (mapping[signal] !== undefined) throw wrong(`"mapping" has two nodes for ${signal}`)
    mapping[signal] = nodeId
  }
  return mapping
}

const fieldOf = (row: unknown, field: string): string => {
  const found: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, field) : undefined
  return typeof found === 'string' ? found.trim() : ''
}

const wrong = (found: string): Error => codedError('NODE_CONFIG', `${found}. Open the node and correct it.`)
