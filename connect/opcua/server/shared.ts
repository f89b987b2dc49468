import { isDeepStrictEqual } from 'node:util'
import { codedError } from '../../../errors/index.ts'
import { makeVisionServer } from './server.ts'
import type { ServerSettings, VisionServer } from './types.ts'

/** A server for one of those who use it; it ends with the last of them. */
export interface ServerLease {
  readonly server: VisionServer
  release(): Promise<void>
}

interface Shared {
  readonly settings: ServerSettings
  readonly server: Promise<VisionServer>
  users: number
}

const running = new Map<number, Shared>()
/** Ports of servers that are being ended. */
const ending = new Map<number, Promise<void>>()

/**
 * The server on a port, made by the first who asks for it.
 * @throws OPCUA_SERVER_CONFLICT when it has other settings; OPCUA_SERVER_START, OPCUA_PKI
 */
export const leaseVisionServer = async (
  settings: ServerSettings,
  log?: (text: string) => void,
): Promise<ServerLease> => {
  const { port } = settings
  // Whichever port is free is nobody else's.
  const found = port === 0 ? undefined : running.get(port)
  if (found) refuseOthers(found.settings, settings)
  const shared = found ?? { settings, server: makeAfter(ending.get(port), settings, log), users: 0 }
  if (port !== 0) running.set(port, shared)
  shared.users++
  try {
    const server = await shared.server
    let released = false
    return {
      server,
      release: async () => {
        if (released) return
        released = true
        if (--shared.users > 0) return
        running.delete(port)
        const ended = server.close().finally(() => ending.delete(port))
        ending.set(port, ended)
        await ended
      },
    }
  } catch (thrown) {
    if (running.get(port) === shared) running.delete(port)
    throw thrown
  }
}

const makeAfter = async (
  before: Promise<void> | undefined,
  settings: ServerSettings,
  log: ((text: string) => void) | undefined,
): Promise<VisionServer> => {
  await before
  return makeVisionServer(settings, log)
}

const refuseOthers = (has: ServerSettings, wants: ServerSettings): void => {
  const names = Object.keys(wants) as (keyof ServerSettings)[]
  const different = names.filter((name) => !isDeepStrictEqual(has[name], wants[name]))
  if (different.length > 0)
    throw codedError(
      'OPCUA_SERVER_CONFLICT',
      `another node runs the OPC UA server on port ${wants.port} with other settings (${different.join(', ')}). ` +
        'Give all nodes of one port the same settings, or this one another port.',
    )
}
