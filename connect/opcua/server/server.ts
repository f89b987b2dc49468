import { join } from 'node:path'
import { OPCUAServer } from 'node-opcua'
import { codedError, messageOf } from '../../../errors/index.ts'
import { dampened } from '../dampen.ts'
import { mendEnvironment } from '../environment.ts'
import { openPki } from '../pki/index.ts'
import { serverOptions } from './options.ts'
import { allowFastClients } from './pace.ts'
import type { ServerSettings, VisionServer } from './types.ts'

/** Of the flat face. OPC 40100-1 will have namespaces of its own beside it. */
export const FLAT_NAMESPACE = 'urn:anomalyclip:vision:flat'

/** Clients are told that it ends, and have this long to say goodbye. */
const SHUTDOWN_MS = 100

/**
 * Makes an OPC UA server, which is reached from `listen` on. SignAndEncrypt only, unknown clients refused and kept as rejected, users by password or by a trusted
 * certificate; the rest as the settings say.
 * @param log that a certificate was made, that a client was refused for its user
 * @throws OPCUA_SERVER_START, OPCUA_PKI
 */
export const makeVisionServer = async (
  settings: ServerSettings,
  log: (text: string) => void = () => {},
): Promise<VisionServer> => {
  const pki = await openPki(settings.pkiFolder, { log })
  const users = await openPki(join(settings.pkiFolder, 'users'))
  const closePki = async (): Promise<void> => {
    await users.close()
    await pki.close()
  }
  const notice = dampened((_level, text) => log(text))
  allowFastClients()
  const server = new OPCUAServer(serverOptions(settings, pki, users.manager, (text) => notice('warn', text)))
  try {
    await server.initialize().finally(mendEnvironment)
  } catch (thrown) {
    await closePki()
    throw startError(settings, thrown)
  }
  const { addressSpace } = server.engine
  if (!addressSpace) throw startError(settings, new Error('the server has no address space'))
  const namespace = addressSpace.registerNamespace(FLAT_NAMESPACE)
  const root = namespace.addFolder(addressSpace.rootFolder.objects, {
    browseName: 'AnomalyCLIP',
    nodeId: 's=AnomalyCLIP',
    description: 'Stations of visual inspection.',
  })

  // A client that is no longer trusted must go: all connections end, and only those that are trusted come back.
  const forgetTrust = [pki, users].map((side) =>
    side.onTrust(({ trusted }) => {
      if (!trusted) for (const endpoint of server.endpoints) endpoint.abruptlyInterruptChannels()
    }),
  )
  const listeners = new Set<(change: 'come' | 'gone') => void>()
  const tell = (change: 'come' | 'gone') => (): void => {
    for (const listener of [...listeners]) listener(change)
  }
  server.on('session_activated', tell('come'))
  server.on('session_closed', tell('gone'))

  const endpoint = server.endpoints[0]!
  let listening: Promise<void> | null = null
  const listen = async (): Promise<void> => {
    try {
      await server.start().finally(mendEnvironment)
    } catch (thrown) {
      throw startError(settings, thrown)
    }
  }
  return {
    listen: () => {
      listening ??= listen()
      return listening
    },
    get port() {
      return endpoint.port
    },
    pki,
    users,
    namespace,
    root,
    clients: () => server.engine.currentSessionCount,
    onClients: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      listeners.clear()
      for (const forget of forgetTrust) forget()
      await server.shutdown(SHUTDOWN_MS)
      await closePki()
    },
  }
}

const startError = ({ port, host }: ServerSettings, thrown: unknown): Error => {
  const text = messageOf(thrown)
  if (/EADDRINUSE/.test(text))
    return codedError(
      'OPCUA_SERVER_PORT',
      `port ${port} is in use by another program of this machine. Choose another port in the node, or end the other OPC UA server.`,
      { cause: thrown },
    )
  return codedError(
    'OPCUA_SERVER_START',
    `the OPC UA server could not be started on ${host || 'all addresses'}, port ${port}: ${text}. ` +
      'Check address and port in the node.',
    { cause: thrown },
  )
}
