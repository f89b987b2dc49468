import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { BrokerSettings, TlsSettings } from '../../connect/mqtt/index.ts'
import { codedError, shown } from '../../errors/index.ts'
import {
  type Node,
  type NodeAPI,
  readChoice,
  readLine,
  readNumber,
  readOptionalNumber,
  userDirOf,
} from '../wiring/index.ts'
import type { AnomalyEventConfig } from './saved.ts'

/** Largest packet of MQTT (5.0 §2.1.4): where nothing is set, only the broker limits. */
const MAX_PACKET_BYTES = 268_435_455
const CONNECT_TIMEOUT_MS = 10_000

/** What the core nodes `mqtt-broker` and `tls-config` put together for mqtt.js. */
interface CoreOptions {
  readonly clientId?: string
  readonly username?: string
  readonly password?: string
  readonly keepalive?: number
  readonly protocolVersion?: number
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly pfx?: Buffer
  readonly passphrase?: string
  readonly servername?: string
  readonly ALPNProtocols?: readonly string[]
  readonly rejectUnauthorized?: boolean
}

interface CoreBroker {
  readonly brokerurl: string
  readonly clientid?: string
  readonly options: CoreOptions
}

interface CoreTls {
  readonly valid: boolean
  addTLSOptions(options: object): CoreOptions
}

/** Secrets of the node, which are never among what is exported. */
export interface BrokerCredentials {
  readonly user?: unknown
  readonly password?: unknown
}

/**
 * The settings of a core `mqtt-broker` node, for a connection of our own with them: what the core's connection holds in
 * memory is lost with the process, and a packet that is too large makes it reconnect for ever.
 * @throws NODE_CONFIG when there is no such node
 */
export const coreBroker = (RED: NodeAPI, node: Node, config: AnomalyEventConfig): BrokerSettings => {
  const id = readLine(config, 'broker')
  const broker: unknown = id ? RED.nodes.getNode(id) : null
  if (!isCoreBroker(broker))
    throw codedError(
      'NODE_CONFIG',
      id
        ? `the mqtt-broker node "${id}" does not exist or is disabled. Choose another one in the node, or enable it.`
        : 'no broker is chosen. Open the node and choose one.',
    )
  const { brokerurl, clientid, options } = broker
  return {
    // Other names of mqtt.js for the same.
    url: brokerurl.replace(/^tcp:/i, 'mqtt:').replace(/^(ssl|tls):/i, 'mqtts:'),
    ...userOf(options.username, options.password),
    clientId: `${clientid || 'anomalyclip'}-${fingerprint(RED, node)}`,
    protocol: options.protocolVersion === 5 ? '5' : '3.1.1',
    keepaliveS: options.keepalive ?? 60,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    tls: tlsOf(options),
    maxPacketBytes: maxPacketBytes(config),
  }
}

/**
 * The settings of a broker that the node itself holds.
 * @throws NODE_CONFIG
 */
export const ownBroker = (
  RED: NodeAPI,
  node: Node<BrokerCredentials>,
  config: AnomalyEventConfig,
): BrokerSettings => {
  const url = readLine(config, 'brokerUrl')
  if (!isBrokerUrl(url))
    throw codedError(
      'NODE_CONFIG',
      `"brokerUrl" is ${shown(url)}, expected mqtt://HOST:PORT, mqtts://, ws:// or wss:// without a user or password in it. ` +
        'Open the node and correct it.',
    )
  return {
    url,
    ...userOf(node.credentials?.user, node.credentials?.password),
    clientId: `anomalyclip-${fingerprint(RED, node)}`,
    protocol: readChoice(config, 'protocol', ['auto', '5', '3.1.1'], 'auto'),
    keepaliveS: readNumber(config, 'keepaliveS', { min: 1, max: 65_535, integer: true, fallback: 60 }),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    tls: tlsOf(tlsNodeOptions(RED, readLine(config, 'tls'))),
    maxPacketBytes: maxPacketBytes(config),
  }
}

const maxPacketBytes = (config: AnomalyEventConfig): number => {
  const kilobytes = readOptionalNumber(config, 'maxPacketKilobytes', { min: 1, max: 262_143, integer: true })
  return kilobytes === null ? MAX_PACKET_BYTES : kilobytes * 1024
}

/** Whose password goes where is seen in the settings, never in an address that ends up in a log. */
const isBrokerUrl = (text: string): boolean => {
  if (!/^(mqtts?|wss?):\/\//i.test(text) || !URL.canParse(text)) return false
  const { hostname, username, password } = new URL(text)
  return hostname !== '' && username === '' && password === ''
}

const userOf = (username: unknown, password: unknown): { username?: string; password?: string } => ({
  ...(typeof username === 'string' && username !== '' ? { username } : {}),
  ...(typeof password === 'string' && password !== '' ? { password } : {}),
})

/**
 * Tells one node of one box from every other: boxes that run the same flow must not push each other off the broker. It is
 * the same after a restart, so that the broker ends the connection that a crash left behind, with its last will, first.
 */
const fingerprint = (RED: NodeAPI, node: Node): string =>
  createHash('sha256')
    .update(JSON.stringify([hostname(), userDirOf(RED), node.id]))
    .digest('hex')
    .slice(0, 12)

const tlsNodeOptions = (RED: NodeAPI, id: string): CoreOptions => {
  if (id === '') return {}
  const found: unknown = RED.nodes.getNode(id)
  if (!isCoreTls(found) || !found.valid)
    throw codedError(
      'NODE_CONFIG',
      `the tls-config node "${id}" does not exist, is disabled, or its files cannot be read. Open it and correct it.`,
    )
  return found.addTLSOptions({})
}

const tlsOf = (options: CoreOptions): TlsSettings => {
  const { ca, cert, key, pfx, passphrase, servername, ALPNProtocols, rejectUnauthorized } = options
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(pfx ? { pfx } : {}),
    ...(passphrase ? { passphrase } : {}),
    ...(servername ? { servername } : {}),
    ...(ALPNProtocols?.[0] ? { alpn: ALPNProtocols[0] } : {}),
    verifyServer: rejectUnauthorized !== false,
  }
}

const isCoreBroker = (found: unknown): found is CoreBroker =>
  typeof found === 'object' &&
  found !== null &&
  'brokerurl' in found &&
  typeof found.brokerurl === 'string' &&
  'options' in found &&
  typeof found.options === 'object'

const isCoreTls = (found: unknown): found is CoreTls =>
  typeof found === 'object' &&
  found !== null &&
  'addTLSOptions' in found &&
  typeof found.addTLSOptions === 'function'
