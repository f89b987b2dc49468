import {
  type DataType,
  MessageSecurityMode,
  type Namespace,
  nodesets,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  type UAVariable,
} from 'node-opcua'
import { serverChunks } from '../connect/opcua/chunks.ts'
import type { Pki } from '../connect/opcua/pki/index.ts'
import { allowFastClients } from '../connect/opcua/server/pace.ts'

export interface SimulatedServer {
  readonly url: string
  /** `ns=1;s=NAME`. */
  readonly namespace: Namespace
  /** Ends every connection without a word, and forgets its session, as a device that loses power. */
  cut(): void
  close(): Promise<void>
}

export interface SimulatedServerOptions {
  readonly name: string
  readonly port: number
  readonly pki: Pki
  /** As large as the device makes them; a PLC's are small. */
  readonly chunkBytes?: number
  readonly build: (namespace: Namespace) => void
}

/** An OPC UA server on loopback as a device of the line has one: SignAndEncrypt only, and for clients it trusts. */
export const startSimulatedServer = async (options: SimulatedServerOptions): Promise<SimulatedServer> => {
  const { name, port, pki, build, chunkBytes } = options
  allowFastClients()
  const server = new OPCUAServer({
    port,
    host: '127.0.0.1',
    alternateHostname: ['127.0.0.1'],
    nodeset_filename: [nodesets.standard],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    allowAnonymous: true,
    serverCertificateManager: pki.manager,
    // Nobody identifies himself by a certificate here; without it node-opcua would make a folder of its own.
    userCertificateManager: pki.manager,
    certificateFile: pki.own.file,
    privateKeyFile: pki.manager.privateKey,
    serverInfo: {
      applicationUri: pki.applicationUri,
      productUri: 'urn:anomalyclip:demo',
      applicationName: { text: name, locale: 'en' },
    },
    transportSettings: serverChunks(chunkBytes),
    registerServerMethod: RegisterServerMethod.HIDDEN,
  })
  await server.initialize()
  const namespace = server.engine.addressSpace?.getOwnNamespace()
  if (namespace === undefined) throw new Error(`${name} has no address space`)
  build(namespace)
  await server.start()
  return {
    url: `opc.tcp://127.0.0.1:${port}`,
    namespace,
    cut: () => {
      for (const endpoint of server.endpoints) endpoint.abruptlyInterruptChannels()
      for (const session of Object.values(server.engine.getSessions()))
        server.engine.closeSession(session.authenticationToken, true, 'Forcing')
    },
    close: () => server.shutdown(100),
  }
}

/** A scalar below Objects. */
export const addScalar = (
  namespace: Namespace,
  name: string,
  dataType: keyof typeof DataType,
  isWritable: boolean,
): UAVariable =>
  namespace.addVariable({
    organizedBy: namespace.addressSpace.rootFolder.objects,
    browseName: name,
    nodeId: `s=${name}`,
    dataType,
    accessLevel: isWritable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    minimumSamplingInterval: 0,
  })
