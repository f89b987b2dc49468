import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes, type Subscription } from 'aedes'

export interface Broker {
  readonly port: number
  /** Resolves when somebody has subscribed to a filter, at once if somebody has already. @throws AbortError */
  subscribed(filter: string, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** An MQTT broker on loopback, in this process. @param port 0 = any free one */
export const startBroker = async (port = 0): Promise<Broker> => {
  const aedes = await Aedes.createBroker()
  const filters = new Set<string>()
  aedes.on('subscribe', (subscriptions: Subscription[]) => {
    for (const { topic } of subscriptions) filters.add(topic)
  })
  const server = createServer(aedes.handle)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    subscribed: async (filter, signal) => {
      while (!filters.has(filter)) await once(aedes, 'subscribe', { signal })
    },
    close: async () => {
      const closed = once(server, 'close')
      // Closing the broker first ends its clients' sockets, without which the server would wait for them.
      await new Promise<void>((resolve) => aedes.close(resolve))
      server.close()
      await closed
    },
  }
}
