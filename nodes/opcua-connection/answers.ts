import { browse, type Connection, lookAtServer } from '../../connect/opcua/client/index.ts'
import { openPki, type Pki } from '../../connect/opcua/pki/index.ts'
import { type NodeAPI, userDirOf } from '../wiring/index.ts'
import { connectionOf } from './host.ts'
import { type PkiSide, pkiFolderOf } from './settings.ts'

/** A connection that was just opened for its editor needs a moment until it is there. */
const BROWSE_WAIT_MS = 8_000

/** What the dialogs are told, by the last part of the route that asks. */
export const answersOf = (RED: NodeAPI) => ({
  certificates: (side: PkiSide) =>
    withPki(RED, side, async (pki) => ({
      own: { ...pki.own.facts, pem: pki.own.pem },
      others: await pki.list(),
    })),
  trust: (side: PkiSide, thumbprint: string) =>
    withPki(RED, side, async (pki) => {
      await pki.trust(thumbprint)
      return pki.list()
    }),
  reject: (side: PkiSide, thumbprint: string) =>
    withPki(RED, side, async (pki) => {
      await pki.reject(thumbprint)
      return pki.list()
    }),
  look: (endpointUrl: string) => withPki(RED, 'client', (pki) => lookAtServer(pki, endpointUrl)),
  browse: (id: string, nodeId: string) => browseOnce(RED, id, nodeId),
})

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

const online = (connection: Connection): Promise<void> =>
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

/** The folder is open for as long as it is asked, and shared with the connections and servers that have it open. */
const withPki = async <T>(RED: NodeAPI, side: PkiSide, work: (pki: Pki) => Promise<T>): Promise<T> => {
  const pki = await openPki(pkiFolderOf(userDirOf(RED), side), { log: (text) => RED.log.info(text) })
  try {
    return await work(pki)
  } finally {
    await pki.close()
  }
}
