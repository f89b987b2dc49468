import { join } from 'node:path'
import {
  AttributeIds,
  type ClientSession,
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  type StatusCode,
  type UserIdentityInfo,
  UserTokenType,
  Variant,
} from 'node-opcua'
import { quietNodeOpcua } from '../../../../connect/opcua/quiet.ts'
import { FLAT_NAMESPACE } from '../../../../connect/opcua/server/index.ts'

type User =
  | { readonly name: string; readonly password: string }
  | { readonly certificate: Buffer; readonly privateKey: string }

export interface PlcOptions {
  readonly url: string
  /** Of the client's own certificate and key. */
  readonly folder: string
  /** Of the station it talks to. */
  readonly station?: string
  /** Null = anonymous. */
  readonly user?: User | null
  readonly secure?: boolean
  readonly policy?: SecurityPolicy
}

/** A PLC with an OPC UA client, as far as the handshake needs one: one variable after another, as S7 blocks do it. */
export interface Plc {
  readonly session: ClientSession
  /** `Status.Busy` as a node id. */
  id(name: string): string
  read(name: string): Promise<unknown>
  write(values: Readonly<Record<string, boolean | string>>): Promise<StatusCode[]>
  /** Reads again and again, until the value is the one that is wanted. */
  until(name: string, wanted: unknown): Promise<void>
  /** Ends the socket without a goodbye. */
  die(): Promise<void>
  close(): Promise<void>
}

/** A certificate manager of a client that talks to any server. */
const clientManager = async (folder: string): Promise<OPCUACertificateManager> => {
  const manager = new OPCUACertificateManager({
    rootFolder: join(folder, 'client'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  })
  await manager.initialize()
  return manager
}

export const PASSWORD = { name: 'plc', password: 'correct horse' }

export const connectPlc = async ({
  url,
  folder,
  station = 'line',
  user = PASSWORD,
  secure = true,
  policy = SecurityPolicy.Basic256Sha256,
}: PlcOptions): Promise<Plc> => {
  quietNodeOpcua()
  const client = OPCUAClient.create({
    applicationName: 'plc',
    clientCertificateManager: await clientManager(folder),
    securityMode: secure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
    securityPolicy: secure ? policy : SecurityPolicy.None,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 50 },
    requestedSessionTimeout: 10_000,
  })
  try {
    await client.connect(url)
    const session = await client.createSession(identityOf(user))
    const namespaces = await session.readNamespaceArray()
    const id = (name: string): string => `ns=${namespaces.indexOf(FLAT_NAMESPACE)};s=${station}.${name}`
    const read = async (name: string): Promise<unknown> => {
      const { statusCode, value } = await session.read({ nodeId: id(name), attributeId: AttributeIds.Value })
      if (statusCode.isNotGood()) throw new Error(`${name}: ${statusCode.name}`)
      return value.value
    }
    return {
      session,
      id,
      read,
      write: (values) =>
        session.write(
          Object.entries(values).map(([name, value]) => ({
            nodeId: id(`Control.${name}`),
            attributeId: AttributeIds.Value,
            value: {
              value: new Variant({
                dataType: typeof value === 'string' ? DataType.String : DataType.Boolean,
                value,
              }),
            },
          })),
        ),
      until: async (name, wanted) => {
        for (let reads = 0; (await read(name)) !== wanted; reads++) {
          if (reads > 2_000) throw new Error(`${name} never was ${String(wanted)}`)
          await new Promise((later) => setTimeout(later, 5))
        }
      },
      die: () => client.disconnect(),
      close: async () => {
        await session.close()
        await client.disconnect()
      },
    }
  } catch (thrown) {
    await client.disconnect()
    throw thrown
  }
}

const identityOf = (user: User | null): UserIdentityInfo => {
  if (user === null) return { type: UserTokenType.Anonymous }
  if ('name' in user) return { type: UserTokenType.UserName, userName: user.name, password: user.password }
  return { type: UserTokenType.Certificate, certificateData: user.certificate, privateKey: user.privateKey }
}
