import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What mqtt.js speaks with; here for the other side. */
const { generate, parser } = createRequire(import.meta.resolve('mqtt'))('mqtt-packet') as {
  generate: (packet: object, options: { protocolVersion: number }) => Buffer
  parser: (options?: object) => {
    on(event: 'packet', handle: (packet: Received) => void): void
    on(event: 'error', handle: (error: Error) => void): void
    parse(bytes: Buffer): void
  }
}

export interface Received {
  readonly cmd: string
  readonly messageId?: number
  readonly protocolVersion?: number
  readonly topic?: string
  readonly payload?: Buffer
  readonly qos?: number
  readonly retain?: boolean
}

export interface TinyBrokerOptions {
  /** Of CONNACK; `silence` = the connection is closed without one. 0 = accepted. */
  readonly connack?: (protocolVersion: number) => number | 'silence'
  readonly properties?: object
  /** What becomes of a PUBLISH: its PUBACK with a reason, nothing, or the end of the connection. */
  readonly puback?: (packet: Received) => number | 'nothing' | 'close'
  /** Whether a PINGREQ is answered; if not, the connection ends. */
  readonly ping?: () => boolean
}

/** A broker that does as it is told, for what no real one does at will. It forwards nothing. */
export interface TinyBroker {
  readonly port: number
  /** Versions of all CONNECTs. */
  readonly connects: readonly number[]
  readonly published: readonly Received[]
  /** Connections that were ended in order. */
  disconnects(): number
  /** Largest number of PUBLISHes that waited for their acknowledgement at once. */
  most(): number
  cut(): void
  stop(): Promise<void>
}

export const startTinyBroker = async ({
  connack = () => 0,
  properties,
  puback = () => 0,
  ping = () => true,
}: TinyBrokerOptions = {}): Promise<TinyBroker> => {
  const connects: number[] = []
  const published: Received[] = []
  const sockets = new Set<Socket>()
  let waiting = 0
  let most = 0
  let disconnects = 0

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let protocolVersion = 4
    const answer = (packet: object): void => {
      if (!socket.destroyed) socket.write(generate(packet, { protocolVersion }))
    }
    const incoming = parser()
    incoming.on('error', () => socket.destroy())
    incoming.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        protocolVersion = packet.protocolVersion ?? 4
        connects.push(protocolVersion)
        const code = connack(protocolVersion)
        if (code === 'silence') return socket.destroy()
        // A broker of 3.1.1 answers in its own form, whatever it was asked in.
        if (code === 1) return socket.end(Buffer.from([0x20, 2, 0, 1]))
        answer({ cmd: 'connack', returnCode: code, reasonCode: code, sessionPresent: false, properties })
        if (code !== 0) socket.end()
      } else if (packet.cmd === 'publish') {
        published.push(packet)
        const outcome = puback(packet)
        if (outcome === 'close') return socket.destroy()
        if (packet.qos !== 1 || outcome === 'nothing') return
        waiting++
        most = Math.max(most, waiting)
        setTimeout(() => {
          waiting--
          answer({ cmd: 'puback', messageId: packet.messageId, reasonCode: outcome })
        }, 5)
      } else if (packet.cmd === 'pingreq') {
        if (ping()) answer({ cmd: 'pingresp' })
        else socket.destroy()
      } else if (packet.cmd === 'disconnect') disconnects++
    })
    socket.on('data', (bytes) => incoming.parse(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    connects,
    published,
    disconnects: () => disconnects,
    most: () => most,
    cut,
    stop: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
