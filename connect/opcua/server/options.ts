import { networkInterfaces } from 'node:os'
import {
  MessageSecurityMode,
  type OPCUACertificateManager,
  type OPCUAServerOptions,
  RegisterServerMethod,
  SecurityPolicy,
} from 'node-opcua'
import { serverChunks } from '../chunks.ts'
import type { Pki } from '../pki/index.ts'
import { MIN_SUPPORTED_SAMPLE_RATE_MS } from './pace.ts'
import type { ServerSettings } from './types.ts'
import { userManager } from './users.ts'

const PRODUCT = { name: 'AnomalyCLIP for Node-RED', uri: 'urn:anomalyclip:node-red', maker: 'AnomalyCLIP' }

/** PLCs, a panel, an engineer's browser and their reconnects; a connection costs memory before anybody has identified himself. */
const MAX_SESSIONS = 20
const MAX_CONNECTIONS = 40
/** A client that opens a socket and says nothing. */
const HELLO_TIMEOUT_MS = 10_000

/** What node-opcua is told. Discovery is left out: no registration anywhere, no mDNS. */
export const serverOptions = (
  settings: ServerSettings,
  pki: Pki,
  users: OPCUACertificateManager,
  log: (text: string) => void,
): OPCUAServerOptions => ({
  port: settings.port,
  ...(settings.host === '' ? {} : { host: settings.host }),
  alternateHostname: addressesOf(settings.host),
  serverCertificateManager: pki.manager,
  userCertificateManager: users,
  certificateFile: pki.own.file,
  privateKeyFile: pki.manager.privateKey,
  serverInfo: {
    applicationUri: pki.applicationUri,
    productUri: PRODUCT.uri,
    applicationName: { text: PRODUCT.name, locale: 'en' },
  },
  buildInfo: {
    productName: PRODUCT.name,
    productUri: PRODUCT.uri,
    manufacturerName: PRODUCT.maker,
  },
  securityModes: [
    MessageSecurityMode.SignAndEncrypt,
    ...(settings.allowNone ? [MessageSecurityMode.None] : []),
  ],
  securityPolicies: [
    SecurityPolicy.Basic256Sha256,
    SecurityPolicy.Aes128_Sha256_RsaOaep,
    SecurityPolicy.Aes256_Sha256_RsaPss,
    ...(settings.allowNone ? [SecurityPolicy.None] : []),
  ],
  allowAnonymous: settings.allowAnonymous,
  userManager: userManager(settings.users, log),
  maxConnectionsPerEndpoint: MAX_CONNECTIONS,
  timeout: HELLO_TIMEOUT_MS,
  transportSettings: serverChunks(),
  isAuditing: false,
  registerServerMethod: RegisterServerMethod.HIDDEN,
  serverCapabilities: {
    maxSessions: MAX_SESSIONS,
    maxSubscriptions: 5 * MAX_SESSIONS,
    maxSubscriptionsPerSession: 10,
    maxMonitoredItems: 20_000,
    maxMonitoredItemsPerSubscription: 2_000,
    minSupportedSampleRate: MIN_SUPPORTED_SAMPLE_RATE_MS,
  },
})

/**
 * Under which a client may ask for endpoints and gets them back as it asked (Part 4 §5.5.4.1): most PLCs know an address and
 * no name.
 */
const addressesOf = (host: string): string[] =>
  host !== ''
    ? [host]
    : Object.values(networkInterfaces()).flatMap((list = []) =>
        list.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
      )
