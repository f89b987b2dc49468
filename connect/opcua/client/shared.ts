import { type ConnectionOptions, openConnection } from './connection.ts'
import type { Connection, ConnectionSettings } from './types.ts'

interface Shared {
  readonly connection: Connection
  users: number
}

const open = new Map<string, Shared>()

/**
 * A connection that everybody with the same settings shares: servers have room for few sessions. What this user has
 * watched and listened to ends with their `close`; the last one to leave closes the connection itself.
 */
export const sharedConnection = (settings: ConnectionSettings, options?: ConnectionOptions): Connection => {
  const key = JSON.stringify(settings)
  const shared = open.get(key) ?? { connection: openConnection(settings, options), users: 0 }
  open.set(key, shared)
  shared.users++
  const { connection } = shared
  const ends = new Set<() => void>()
  const kept = (end: () => void): (() => void) => {
    ends.add(end)
    return () => {
      ends.delete(end)
      end()
    }
  }
  let closed = false
  return {
    status: connection.status,
    onStatus: (listener) => kept(connection.onStatus(listener)),
    use: connection.use,
    watch: (items, publishingMs) => kept(connection.watch(items, publishingMs)),
    close: async () => {
      if (closed) return
      closed = true
      for (const end of ends) end()
      ends.clear()
      if (--shared.users > 0) return
      open.delete(key)
      await connection.close()
    },
  }
}
