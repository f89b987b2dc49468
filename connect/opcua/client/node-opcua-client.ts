import {
  defaultClientTransportFactory,
  type IClientTransport,
  MessageSecurityMode,
  OPCUAClient,
  type OPCUAClientOptions,
  SecurityPolicy,
} from 'node-opcua'
import { CLIENT_CHUNKS } from '../chunks.ts'
import type { Pki } from '../pki/index.ts'

/** A client of one attempt, and the sockets below it, which are ours to destroy when it does not let go of them. */
export interface Attempt {
  readonly client: OPCUAClient
  destroySockets(): void
}

/** Server and session are to forget us soon after a cut: PLCs have room for few sessions. */
const SESSION_TIMEOUT_MS = 30_000

/** Waiting for a request is limited by whoever makes it; this only clears away what nobody waits for any more. */
const TRANSACTION_TIMEOUT_MS = 60_000

/**
 * A client that never reconnects by itself: node-opcua repairs sessions in place, and what cannot be repaired stays dead
 * with a healthy face.
 */
export const makeClient = (pki: Pki, options: OPCUAClientOptions): Attempt => {
  const transports = new Set<IClientTransport>()
  const client = OPCUAClient.create({
    applicationName: 'AnomalyCLIP Node-RED',
    applicationUri: pki.applicationUri,
    clientName: 'AnomalyCLIP',
    clientCertificateManager: pki.manager,
    certificateFile: pki.own.file,
    privateKeyFile: pki.manager.privateKey,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200, randomisationFactor: 0 },
    // The name a server has for itself is often unknown here: the URL that the user gave is the one that works.
    endpointMustExist: false,
    keepSessionAlive: false,
    transportSettings: CLIENT_CHUNKS,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    defaultTransactionTimeout: TRANSACTION_TIMEOUT_MS,
    transportFactory: {
      create: (settings) => {
        const transport = defaultClientTransportFactory.create(settings)
        transports.add(transport)
        return transport
      },
    },
    ...options,
  })
  return {
    client,
    destroySockets: () => {
      for (const transport of transports) transport.dispose()
      transports.clear()
    },
  }
}

export const UNSECURED = {
  securityMode: MessageSecurityMode.None,
  securityPolicy: SecurityPolicy.None,
} as const
