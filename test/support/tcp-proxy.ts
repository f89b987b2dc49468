import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * What becomes of the bytes: `forward`, `freeze` (connections stay and nothing passes, as behind a pulled cable) or
 * `refuse` (new connections are reset).
 */
export type ProxyMode = 'forward' | 'freeze' | 'refuse'

export interface TcpProxy {
  readonly port: number
  set(mode: ProxyMode): void
  /** Resets every connection of this moment. */
  cut(): void
  /** Connections of this moment. */
  connections(): number
  stop(): Promise<void>
}

/** Stands between a client and a server on the loopback, so that a test can take the network away. */
export const startTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  let mode: ProxyMode = 'forward'
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    // A reset connection says so on both sides; whoever tests looks at the client.
    near.on('error', () => {})
    if (mode === 'refuse') return reset(near)
    const far = connect(targetPort, '127.0.0.1').on('error', () => reset(near))
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => void to.write(bytes))
      from.on('end', () => to.end())
      from.on('close', () => {
        pairs.delete(pair)
        // Behind a pulled cable nobody hears that the other side has gone.
        if (mode !== 'freeze' || to === far) to.destroy()
      })
    }
    if (mode === 'freeze') freeze(pair)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')

  return {
    port: address.port,
    set: (wanted) => {
      mode = wanted
      for (const pair of pairs) {
        if (wanted === 'freeze') freeze(pair)
        else if (wanted === 'forward') for (const socket of pair) socket.resume()
      }
    },
    cut: () => {
      for (const pair of pairs) for (const socket of pair) reset(socket)
    },
    connections: () => pairs.size,
    stop: async () => {
      server.close()
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** A socket that is being ended cannot be reset any more: Node would wait for its handle for ever when the process ends. */
const reset = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

const freeze = (pair: readonly [Socket, Socket]): void => {
  for (const socket of pair) socket.pause()
}
