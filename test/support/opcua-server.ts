import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DataType,
  MessageSecurityMode,
  type Namespace,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua'
import { quietNodeOpcua } from '../../connect/opcua/quiet.ts'
import { freePort } from '../../demo/node-red.ts'

/** A variable of the server's own namespace, `ns=1;s=NAME`. */
export interface ServedVariable {
  readonly name: string
  readonly dataType: DataType | keyof typeof DataType
  readonly value: unknown
  /** For an array; a scalar by default. */
  readonly isArray?: boolean
  /** For clients; true by default. */
  readonly writable?: boolean
}

export interface OpcUaServerOptions {
  readonly port?: number
  /** By default Basic256Sha256 with SignAndEncrypt alone. */
  readonly modes?: readonly (keyof typeof MessageSecurityMode)[]
  readonly policies?: readonly (keyof typeof SecurityPolicy)[]
  /** False by default as soon as there are users. */
  readonly allowAnonymous?: boolean
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>
  readonly variables?: readonly ServedVariable[]
  /** Whether a client's certificate is accepted that nobody has trusted; true by default. */
  readonly acceptsUnknownClients?: boolean
  /** Whether a user's certificate is accepted; false by default. */
  readonly acceptsUnknownUsers?: boolean
  /** Of certificates and keys, kept by whoever gives it; by default one of its own, removed with the server. */
  readonly pkiFolder?: string
  /** Adds what else the address space is to hold. */
  readonly build?: (namespace: Namespace, server: OPCUAServer) => void | Promise<void>
}

export interface TestServer {
  readonly endpointUrl: string
  readonly port: number
  readonly pkiFolder: string
  readonly server: OPCUAServer
  /** DER. */
  readonly certificate: Buffer
  variable(name: string): UAVariable
  /** Sets a value as a PLC does, with a new timestamp. */
  set(name: string, value: unknown): void
  get(name: string): unknown
  stop(): Promise<void>
}

/** A real node-opcua server on the loopback, in this process. */
export const startOpcUaServer = async (options: OpcUaServerOptions = {}): Promise<TestServer> => {
  quietNodeOpcua()
  const port = options.port ?? (await freePort())
  const pkiFolder = options.pkiFolder ?? (await mkdtemp(join(tmpdir(), 'opcua-server-')))
  const { users } = options
  const userCertificateManager = new OPCUACertificateManager({
    rootFolder: join(pkiFolder, 'users'),
    automaticallyAcceptUnknownCertificate: options.acceptsUnknownUsers ?? false,
    disableFileWatchers: true,
  })
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: join(pkiFolder, 'applications'),
    automaticallyAcceptUnknownCertificate: options.acceptsUnknownClients ?? true,
    disableFileWatchers: true,
  })
  const server = new OPCUAServer({
    port,
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    resourcePath: '',
    nodeset_filename: [nodesets.standard],
    securityModes: (options.modes ?? ['SignAndEncrypt']).map((mode) => MessageSecurityMode[mode]),
    securityPolicies: (options.policies ?? ['Basic256Sha256']).map((policy) => SecurityPolicy[policy]),
    allowAnonymous: options.allowAnonymous ?? users === undefined,
    userManager: { isValidUser: (name: string, password: string) => users?.[name] === password },
    userCertificateManager,
    serverCertificateManager,
    disableDiscovery: false,
    serverInfo: { applicationUri: 'urn:test:server', productUri: 'test' },
    serverCapabilities: { maxSessions: 1_000 },
    maxConnectionsPerEndpoint: 1_000,
  })
  await server.initialize()
  const { addressSpace } = server.engine
  if (addressSpace === null) throw new Error('the server has no address space')
  const namespace = addressSpace.getOwnNamespace()
  const variables = new Map<string, { readonly node: UAVariable; readonly served: ServedVariable }>()
  const variantOf = ({ dataType, isArray }: ServedVariable, value: unknown): Variant =>
    new Variant({
      dataType: typeof dataType === 'string' ? DataType[dataType] : dataType,
      arrayType: isArray ? VariantArrayType.Array : VariantArrayType.Scalar,
      value,
    })
  for (const served of options.variables ?? []) {
    const node = namespace.addVariable({
      organizedBy: addressSpace.rootFolder.objects,
      browseName: served.name,
      nodeId: `s=${served.name}`,
      dataType: served.dataType,
      valueRank: served.isArray ? 1 : -1,
      accessLevel: served.writable === false ? 'CurrentRead' : 'CurrentRead | CurrentWrite',
      minimumSamplingInterval: 0,
    })
    node.setValueFromSource(variantOf(served, served.value))
    variables.set(served.name, { node, served })
  }
  await options.build?.(namespace, server)
  await server.start()

  const known = (name: string) => {
    const found = variables.get(name)
    if (!found) throw new Error(`the server has no variable ${name}`)
    return found
  }
  return {
    endpointUrl: `opc.tcp://127.0.0.1:${port}`,
    port,
    pkiFolder,
    server,
    certificate: server.getCertificate(),
    variable: (name) => known(name).node,
    set: (name, value) => {
      const { node, served } = known(name)
      node.setValueFromSource(variantOf(served, value))
    },
    get: (name) => known(name).node.readValue().value.value,
    stop: async () => {
      await server.shutdown(0)
      if (options.pkiFolder === undefined) await rm(pkiFolder, { recursive: true, force: true })
    },
  }
}
