import { join } from 'node:path'
import type { ConnectionSettings } from '../../connect/opcua/client/index.ts'
import { codedError } from '../../errors/index.ts'
import { type NodeDef, readChoice, readLine, readNumber, requireVersion } from '../wiring/index.ts'

/** As the editor saves it. */
export interface ConnectionConfig extends NodeDef {
  endpointUrl: string
  securityMode: string
  securityPolicy: string
  identity: string
  requestTimeoutS: string
  watchdogS: string
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface ConnectionCredentials {
  readonly user?: string
  readonly password?: string
  /** PEM. */
  readonly certificate?: string
  readonly privateKey?: string
}

/**
 * The connection that a saved configuration asks for.
 * @throws NODE_CONFIG
 */
export const readSettings = (
  config: ConnectionConfig,
  credentials: ConnectionCredentials,
  userDir: string,
): ConnectionSettings => {
  requireVersion(config, 1)
  const securityMode = readChoice(config, 'securityMode', MODES, 'SignAndEncrypt')
  return {
    endpointUrl: readEndpointUrl(config),
    securityMode,
    securityPolicy:
      securityMode === 'None' ? 'None' : readChoice(config, 'securityPolicy', POLICIES, POLICIES[0]),
    identity: readIdentity(config, credentials),
    pkiFolder: pkiFolderOf(userDir, 'client'),
    requestTimeoutMs: readNumber(config, 'requestTimeoutS', { min: 1, max: 600, fallback: 10 }) * 1000,
    watchdogMs: readNumber(config, 'watchdogS', { min: 0.5, max: 20, fallback: 2 }) * 1000,
  }
}

const MODES = ['SignAndEncrypt', 'Sign', 'None'] as const
const POLICIES = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'] as const

/** Whose certificates: of this machine as a client, as a server, and of the users who come to the server with a certificate. */
export type PkiSide = 'client' | 'server' | 'users'

/** One for all connections and one for all servers: a PLC has to trust this Node-RED once. */
export const pkiFolderOf = (userDir: string, side: PkiSide): string =>
  join(userDir, 'anomalyclip', 'pki', ...(side === 'users' ? ['server', 'users'] : [side]))

const readEndpointUrl = (config: ConnectionConfig): string => {
  const endpointUrl = readLine(config, 'endpointUrl')
  if (endpointUrl !== '') return endpointUrl
  throw codedError(
    'NODE_CONFIG',
    'no endpoint URL is given, expected opc.tcp://HOST:PORT. Open the connection and set it.',
  )
}

const readIdentity = (
  config: ConnectionConfig,
  { user = '', password = '', certificate = '', privateKey = '' }: ConnectionCredentials,
): ConnectionSettings['identity'] => {
  const type = readChoice(config, 'identity', ['anonymous', 'userName', 'certificate'], 'anonymous')
  switch (type) {
    case 'anonymous':
      return { type }
    case 'userName':
      if (user === '') throw missing('user name')
      return { type, userName: user, password }
    case 'certificate':
      if (certificate.trim() === '') throw missing('certificate')
      if (privateKey.trim() === '') throw missing('private key')
      return { type, certificate, privateKey }
  }
}

const missing = (what: string): Error =>
  codedError(
    'NODE_CONFIG',
    `the connection has no ${what}. Credentials are not part of an exported flow: open the connection and set it.`,
  )
