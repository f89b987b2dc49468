import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes } from 'aedes'

export interface Broker {
  readonly port: number
  close(): Promise<void>
}

/** An MQTT broker on loopback, in this process. @param port 0 = any free one */
export const startBroker = async (port = 0): Promise<Broker> => {
  const aedes = await Aedes.createBroker()
  const server = createServer(aedes.handle)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close')
      // Closing the broker first ends its clients' sockets, without which the server would wait for them.
      await new Promise<void>((resolve) => aedes.close(resolve))
      server.close()
      await closed
    },
  }
}
