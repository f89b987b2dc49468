import { browse, lookAtServer } from '../../connect/opcua/client/index.ts'
import { openPki, type Pki } from '../../connect/opcua/pki/index.ts'
import { codedError, isCodedError, messageOf, shown } from '../../errors/index.ts'
import { type NodeAPI, userDirOf } from '../wiring/index.ts'
import { connectionOf } from './host.ts'
import { type PkiSide, pkiFolderOf } from './settings.ts'

/** A connection that was just opened for its editor needs a moment until it is there. */
const BROWSE_WAIT_MS = 8_000

const READ = 'anomalyclip.read'
const WRITE = 'anomalyclip.write'

/** What the dialogs of the OPC UA nodes ask Node-RED for. */
export const addRoutes = (RED: NodeAPI): void => {
  const { httpAdmin, auth } = RED
  const route = (work: (pki: Pki, asked: Asked) => Promise<unknown>) => answering(RED, work)

  httpAdmin.get(
    '/anomalyclip/opcua/certificates',
    auth.needsPermission(READ),
    route(async (pki) => ({ own: { ...pki.own.facts, pem: pki.own.pem }, others: await pki.list() })),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/trust',
    auth.needsPermission(WRITE),
    route((pki, asked) => pki.trust(textOf(asked, 'thumbprint')).then(() => pki.list())),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/reject',
    auth.needsPermission(WRITE),
    route((pki, asked) => pki.reject(textOf(asked, 'thumbprint')).then(() => pki.list())),
  )
  // Opens a connection to wherever it is told, hence for those who may also deploy one.
  httpAdmin.post(
    '/anomalyclip/opcua/look',
    auth.needsPermission(WRITE),
    route((pki, asked) => lookAtServer(pki, textOf(asked, 'endpointUrl'))),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/browse',
    auth.needsPermission(READ),
    route((_pki, asked) => browseOnce(RED, textOf(asked, 'connection'), textOf(asked, 'nodeId'))),
  )
}

/** Holds the connection for as long as the question takes; where a flow uses it already, it is the flow's. */
const browseOnce = async (RED: NodeAPI, id: string, nodeId: string): Promise<unknown> => {
  const connection = connectionOf(RED, id)
  try {
    await online(connection)
    return await browse(connection, nodeId)
  } finally {
    await connection.close()
  }
}

const online = (connection: ReturnType<typeof connectionOf>): Promise<void> =>
  new Promise((resolve) => {
    const limit = setTimeout(resolve, BROWSE_WAIT_MS)
    const look = (): void => {
      const { state, lastError } = connection.status()
      // Online, or an error that says more than waiting would.
      if (state === 'connecting' || (state === 'waiting' && lastError === null)) return
      clearTimeout(limit)
      resolve()
    }
    connection.onStatus(look)
    look()
  })

type Asked = Readonly<Record<string, unknown>>

const textOf = (asked: Asked, field: string): string => {
  const found = asked[field]
  if (typeof found === 'string' && found.trim() !== '') return found.trim()
  throw codedError('NODE_CONFIG', `"${field}" is missing from the request of the editor. Fill the field in.`)
}

/** `side` of the request; without one the client's. */
const sideOf = ({ side = 'client' }: Asked): PkiSide => {
  if (side === 'client' || side === 'server' || side === 'users') return side
  throw codedError('NODE_CONFIG', `"side" is ${shown(side)}, expected client, server or users.`)
}

/** The folder is open for as long as it is asked, and shared with the connections and servers that have it open. */
const withPki = async <T>(RED: NodeAPI, side: PkiSide, work: (pki: Pki) => Promise<T>): Promise<T> => {
  const pki = await openPki(pkiFolderOf(userDirOf(RED), side), { log: (text) => RED.log.info(text) })
  try {
    return await work(pki)
  } finally {
    await pki.close()
  }
}

interface Responder {
  json(body: unknown): unknown
  status(code: number): Responder
}

const answering =
  (RED: NodeAPI, work: (pki: Pki, asked: Asked) => Promise<unknown>) =>
  (request: { body?: unknown; query?: object }, response: Responder): void => {
    const { body, query } = request
    const asked: Asked = { ...query, ...(typeof body === 'object' ? body : {}) }
    const answer = async () => withPki(RED, sideOf(asked), (pki) => work(pki, asked))
    answer().then(
      (found) => response.json(found),
      // What is wrong with the server asked about is no fault of Node-RED.
      (thrown: unknown) => response.status(isCodedError(thrown) ? 422 : 500).json(failure(thrown)),
    )
  }

const failure = (thrown: unknown): { error: string } => ({ error: messageOf(thrown) })
