import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeId } from 'node-opcua'
import {
  type Connection,
  type ConnectionSettings,
  type ConnectionStatus,
  openConnection,
} from '../../../../connect/opcua/client/index.ts'
import { factsOf, openPki } from '../../../../connect/opcua/pki/index.ts'

/** A folder of our own that trusts the certificates given. */
export const clientFolder = async (...trusted: readonly Buffer[]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'opcua-client-'))
  const pki = await openPki(folder)
  for (const der of trusted) {
    await pki.isTrusted(der)
    await pki.trust(factsOf(der).thumbprint)
  }
  await pki.close()
  return folder
}

/** Quick to notice and to give up: these are tests. */
export const settingsFor = (
  endpointUrl: string,
  pkiFolder: string,
  changes: Partial<ConnectionSettings> = {},
): ConnectionSettings => ({
  endpointUrl,
  securityMode: 'SignAndEncrypt',
  securityPolicy: 'Basic256Sha256',
  identity: { type: 'anonymous' },
  pkiFolder,
  requestTimeoutMs: 3_000,
  watchdogMs: 500,
  ...changes,
})

/** Waits for a status; says which one there was when it does not come. */
export const until = (
  connection: Connection,
  wanted: (status: ConnectionStatus) => boolean,
  limitMs = 10_000,
): Promise<ConnectionStatus> =>
  new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(limit)
      forget()
      then()
    }
    const look = (status: ConnectionStatus): void => {
      if (wanted(status)) settle(() => resolve(status))
    }
    const limit = setTimeout(
      () =>
        settle(() => reject(new Error(`still ${JSON.stringify(connection.status())} after ${limitMs} ms`))),
      limitMs,
    )
    const forget = connection.onStatus(look)
    look(connection.status())
  })

export const online = (connection: Connection, limitMs?: number): Promise<ConnectionStatus> =>
  until(connection, ({ state }) => state === 'online', limitMs)

/** Runs with a connection that is closed whatever happens. */
export const withConnection = async <T>(
  settings: ConnectionSettings,
  work: (connection: Connection) => Promise<T>,
): Promise<T> => {
  const connection = openConnection(settings, { random: () => 0.5 })
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

/** The error that a connection is held up by. */
export const heldUpBy = async (settings: ConnectionSettings): Promise<string> =>
  withConnection(settings, async (connection) => {
    const { lastError, state } = await until(connection, (status) => status.lastError !== null)
    assert.notEqual(state, 'online')
    return lastError ?? ''
  })

/** By which the server knows the session; node-opcua keeps it to itself. */
export const tokenOf = (connection: Connection): Promise<NodeId> =>
  connection.use(
    async (session) => (session as unknown as { authenticationToken: NodeId }).authenticationToken,
  )
