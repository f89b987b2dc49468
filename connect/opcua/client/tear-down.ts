import { withinLimit } from './limit.ts'
import type { Attempt } from './node-opcua-client.ts'

/** A server that is there says goodbye in a few ms; one that is not would hold up the next attempt. */
const GRACE_MS = 1_500

/**
 * Ends a client and everything in it. To a server that still answers it says goodbye, which frees the session there for the
 * next one; then the sockets are destroyed, and what is left of node-opcua finds nothing to wait for.
 * It never throws and always ends.
 */
export const tearDown = async ({ client, destroySockets }: Attempt, answering: boolean): Promise<void> => {
  const disconnect = (): Promise<void> =>
    withinLimit((async () => client.disconnect())(), GRACE_MS, () => new Error('abandoned')).catch(() => {})
  if (answering) await disconnect()
  destroySockets()
  if (!answering) await disconnect()
  client.removeAllListeners()
}
