import { type Clock, systemClock } from '../../clock.ts'
import type { RemoteSettings } from '../../protocol.ts'
import type { RemoteBackend } from '../types.ts'
import { createClient } from './client.ts'
import { openConnection } from './connection.ts'
import { type GuardOptions, guard } from './guard.ts'
import type { ExpectedModel } from './metadata.ts'

export interface KserveOptions {
  readonly model: ExpectedModel
  readonly selfTest: GuardOptions['selfTest']
  /** Images of a request at most. */
  readonly maxBatch: number
  readonly clock?: Clock
  readonly random?: () => number
}

/**
 * A model on a server that speaks KServe v2 over HTTP. Asks it for nothing yet: that begins with `watch`.
 * @throws ENGINE_SERVER_TLS when a file of the certificates cannot be used
 */
export const openKserve = async (
  settings: RemoteSettings,
  { model, selfTest, maxBatch, clock = systemClock, random = Math.random }: KserveOptions,
): Promise<RemoteBackend> => {
  // Twice as many as batches, as a look at the server asks over as many at once and is to hold up none of them.
  const connection = await openConnection(settings, { clock, sockets: 2 * settings.parallel })
  const closing = new AbortController()
  const client = createClient({ settings, model, connection, clock, random, signal: closing.signal })
  const device = `kserve ${connection.url}`
  const { startBatch, watch, close } = guard({
    device,
    client,
    selfTest,
    maxBatch,
    clock,
    random,
    parallel: settings.parallel,
    batchTimeoutMs: settings.batchTimeoutMs,
  })
  return {
    device,
    startBatch,
    watch,
    close: async () => {
      close()
      closing.abort()
      connection.close()
    },
  }
}
