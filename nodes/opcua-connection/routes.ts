import { codedError, isCodedError, messageOf, shown } from '../../errors/index.ts'
import type { NodeAPI } from '../wiring/index.ts'
import type { answersOf } from './answers.ts'
import type { PkiSide } from './settings.ts'

const READ = 'anomalyclip.read'
const WRITE = 'anomalyclip.write'

/** What the dialogs of the OPC UA nodes ask Node-RED for. */
export const addRoutes = (RED: NodeAPI): void => {
  const { httpAdmin, auth } = RED
  const route = (ask: Ask) => answering(RED, ask)

  httpAdmin.get(
    '/anomalyclip/opcua/certificates',
    auth.needsPermission(READ),
    route((answers, asked) => answers.certificates(sideOf(asked))),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/trust',
    auth.needsPermission(WRITE),
    route((answers, asked) => answers.trust(sideOf(asked), textOf(asked, 'thumbprint'))),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/reject',
    auth.needsPermission(WRITE),
    route((answers, asked) => answers.reject(sideOf(asked), textOf(asked, 'thumbprint'))),
  )
  // Opens a connection to wherever it is told, hence for those who may also deploy one.
  httpAdmin.post(
    '/anomalyclip/opcua/look',
    auth.needsPermission(WRITE),
    route((answers, asked) => answers.look(textOf(asked, 'endpointUrl'))),
  )
  httpAdmin.post(
    '/anomalyclip/opcua/browse',
    auth.needsPermission(READ),
    route((answers, asked) => answers.browse(textOf(asked, 'connection'), textOf(asked, 'nodeId'))),
  )
}

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

interface Responder {
  json(body: unknown): unknown
  status(code: number): Responder
}

type Ask = (answers: ReturnType<typeof answersOf>, asked: Asked) => Promise<unknown>

const answering =
  (RED: NodeAPI, ask: Ask) =>
  (request: { body?: unknown; query?: object }, response: Responder): void => {
    const { body, query } = request
    const asked: Asked = { ...query, ...(typeof body === 'object' ? body : {}) }
    // Loaded with the first question: a second and 100 MB for those alone who use OPC UA.
    const answer = async () => ask((await import('./answers.ts')).answersOf(RED), asked)
    answer().then(
      (found) => response.json(found),
      // What is wrong with the server asked about is no fault of Node-RED.
      (thrown: unknown) => response.status(isCodedError(thrown) ? 422 : 500).json(failure(thrown)),
    )
  }

const failure = (thrown: unknown): { error: string } => ({ error: messageOf(thrown) })
