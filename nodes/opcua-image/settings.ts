import { type ImageSettings, MEBIBYTE, nodeIdFrom, TRIGGER_RULES } from '../../connect/opcua/image/index.ts'
import { type NodeDef, readChoice, readFlag, readLine, readNumber, requireVersion } from '../wiring/index.ts'

/** What the editor saves for `opcua-image`; numbers are text there. */
export interface OpcUaImageConfig extends NodeDef {
  version: number
  /** Id of an `opcua-connection` node. */
  connection: string
  source: string
  nodeId: string
  mode: string
  trigger: string
  rule: string
  samplingMs: string
  publishingMs: string
  maxMegabytes: string
  maxFileMegabytes: string
  atStart: boolean
  topic: string
}

/**
 * The image source that a saved configuration asks for.
 * @throws NODE_CONFIG, OPCUA_NODE_ID
 */
export const readSettings = (config: OpcUaImageConfig): ImageSettings => {
  requireVersion(config, 1)
  const mode = readChoice(config, 'mode', ['subscribed', 'triggered', 'asked'], 'subscribed')
  const nodeId = readLine(config, 'nodeId')
  const trigger = readLine(config, 'trigger')
  nodeIdFrom(nodeId, 'the image')
  if (mode === 'triggered') nodeIdFrom(trigger, 'the trigger')
  return {
    source: readChoice(config, 'source', ['variable', 'file'], 'variable'),
    nodeId,
    mode,
    trigger: { nodeId: trigger, rule: readChoice(config, 'rule', TRIGGER_RULES, 'change') },
    samplingMs: readNumber(config, 'samplingMs', { min: 0, max: 60_000, fallback: 20 }),
    publishingMs: readNumber(config, 'publishingMs', { min: 10, max: 60_000, fallback: 50 }),
    maxBytes: Math.round(
      readNumber(config, 'maxMegabytes', { min: 0.01, max: 256, fallback: 16 }) * MEBIBYTE,
    ),
    maxFileBytes: Math.round(
      readNumber(config, 'maxFileMegabytes', { min: 0.01, max: 1024, fallback: 64 }) * MEBIBYTE,
    ),
    atStart: readFlag(config, 'atStart', false),
  }
}
