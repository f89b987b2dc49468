import { connect as connectClient, type IClientOptions, type MqttClient } from 'mqtt'
import { type CodedError, codedError } from '../../errors/index.ts'
import {
  type Again,
  againOf,
  endedError,
  isProtocolRefusal,
  messageRefusedError,
  networkError,
  refusalError,
} from './failure.ts'
import { type BrokerLimits, NO_LIMITS, type Packet, type Protocol } from './packet.ts'
import { brokerName, isSecure } from './settings.ts'
import type { BrokerSettings, TlsSettings } from './types.ts'

/** Published by the broker when this client is gone without having said so (MQTT 5.0 §3.1.2.5); retained, QoS 1. */
export interface Will {
  readonly topic: string
  readonly payload: string
}

export type Outcome =
  /** PUBACK, PUBCOMP; of QoS 0: handed to the socket. */
  | { readonly kind: 'acknowledged' }
  /** The connection has ended before; the broker may have it or not. */
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'refused'
      readonly again: Again
      /** @param isFinal whether it is given up */
      error(isFinal: boolean): CodedError
    }

export interface Ended {
  readonly error: CodedError
  /** Reason of the broker's DISCONNECT. */
  readonly reason?: number
  /** False when this side has ended it. */
  readonly byPeer: boolean
}

/** One connection, for as long as it lasts; the next is a new one, with nothing kept from this. */
export interface Connection {
  readonly protocol: Protocol
  readonly limits: BrokerLimits
  publish(packet: Packet): Promise<Outcome>
  /** Whether the broker answers; false when the connection ends before. */
  ping(): Promise<boolean>
  /** DISCONNECT: the broker forgets the will. */
  end(): Promise<void>
  /** Without a word, so that the broker publishes the will. */
  destroy(why: CodedError): void
  readonly ended: Promise<Ended>
}

export type Attempt =
  | { readonly connection: Connection }
  | {
      readonly error: CodedError
      /** Of the protocol version, in so many words; or the connection was closed without an answer. */
      readonly refusal?: 'protocol' | 'silent'
    }

interface ConnectOptions {
  readonly protocol: Protocol
  readonly will?: Will
  /** Gives the attempt up. */
  readonly signal: AbortSignal
}

/** How long the end of an orderly connection may take, ms: DISCONNECT has no answer, only the socket has to close. */
export const END_MS = 1000

/** mqtt.js as transport only: no reconnecting, no store, no queue; those are ours. */
export const connectBroker = (
  settings: BrokerSettings,
  { protocol, will, signal }: ConnectOptions,
): Promise<Attempt> =>
  new Promise((resolve) => {
    const broker = brokerName(settings.url)
    let client: MqttClient
    try {
      client = connectClient(settings.url, clientOptions(settings, protocol, will))
    } catch (error) {
      // A certificate that cannot be read is noticed before anything is sent.
      return resolve({ error: networkError(error, broker) })
    }
    let failure: unknown
    let reason: number | undefined
    let why: CodedError | undefined
    let isOpen = false
    const lost = new Set<() => void>()
    let tellEnd: (ended: Ended) => void = () => {}
    const ended = new Promise<Ended>((settle) => {
      tellEnd = settle
    })

    const cancel = (): void => {
      client.end(true)
    }
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    client.on('error', (error) => {
      failure ??= error
    })
    client.on('disconnect', (packet) => {
      reason = packet.reasonCode
    })
    client.on('close', () => {
      signal.removeEventListener('abort', cancel)
      const error =
        why ??
        (failure === undefined || reason !== undefined
          ? endedError(reason, broker)
          : networkError(failure, broker))
      if (!isOpen) resolve(failedAttempt(failure, broker))
      for (const lose of lost) lose()
      tellEnd({ error, byPeer: why === undefined, ...(reason === undefined ? {} : { reason }) })
      // After an error in what came in, mqtt.js leaves its timers.
      client.end(true)
    })
    client.on('connect', ({ properties }) => {
      isOpen = true
      signal.removeEventListener('abort', cancel)
      const known = Object.fromEntries(
        Object.entries({
          receiveMaximum: properties?.receiveMaximum,
          maximumPacketSize: properties?.maximumPacketSize,
          maximumQos: properties?.maximumQoS,
          retainAvailable: properties?.retainAvailable,
        }).filter(([, value]) => value !== undefined),
      )
      const limits = { ...NO_LIMITS, ...known }
      resolve({ connection: { protocol, limits, publish, ping, end, destroy, ended } })
    })

    const publish = ({ topic, payload, qos, retain, properties }: Packet): Promise<Outcome> =>
      new Promise((settle) => {
        // Its own callback stays silent for QoS 1 when the connection ends.
        const lose = (): void => settle({ kind: 'lost' })
        if (!client.connected) return lose()
        lost.add(lose)
        client.publish(topic, payload, { qos, retain, ...(properties ? { properties } : {}) }, (error) => {
          lost.delete(lose)
          if (!error) return settle({ kind: 'acknowledged' })
          if (!('code' in error) || typeof error.code !== 'number') return lose()
          const { code } = error
          settle({
            kind: 'refused',
            again: againOf(code),
            error: (isFinal) => messageRefusedError(code, { topic, broker, isFinal }),
          })
        })
      })

    const ping = (): Promise<boolean> =>
      new Promise((settle) => {
        client.on('packetreceive', ({ cmd }) => cmd === 'pingresp' && settle(true))
        void ended.then(() => settle(false))
        client.sendPing()
      })

    const destroy = (error: CodedError): void => {
      why ??= error
      client.end(true)
    }

    const end = async (): Promise<void> => {
      why ??= codedError('MQTT_UNREACHABLE', `the connection to ${broker} was closed by this side.`)
      // mqtt.js would wait for acknowledgements that may never come, and not send DISCONNECT before.
      for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id))
      const timer = setTimeout(() => client.stream.destroy(), END_MS)
      client.end(false)
      await ended
      clearTimeout(timer)
    }
  })

/** The broker has not accepted the connection. */
const failedAttempt = (failure: unknown, broker: string): Attempt => {
  if (failure === undefined) return { error: endedError(undefined, broker), refusal: 'silent' }
  if (failure instanceof Error && 'code' in failure && typeof failure.code === 'number') {
    const error = refusalError(failure.code, broker)
    return isProtocolRefusal(failure.code) ? { error, refusal: 'protocol' } : { error }
  }
  return { error: networkError(failure, broker) }
}

const willOf = ({ topic, payload }: Will, protocol: Protocol): IClientOptions['will'] => ({
  topic,
  payload: Buffer.from(payload),
  qos: 1,
  retain: true,
  ...(protocol === '5'
    ? { properties: { payloadFormatIndicator: true, contentType: 'application/json' } }
    : {}),
})

const clientOptions = (
  { url, username, password, clientId, keepaliveS, connectTimeoutMs, tls }: BrokerSettings,
  protocol: Protocol,
  will: Will | undefined,
): IClientOptions => ({
  protocolId: 'MQTT',
  protocolVersion: protocol === '5' ? 5 : 4,
  clientId,
  clean: true,
  keepalive: keepaliveS,
  connectTimeout: connectTimeoutMs,
  reconnectPeriod: 0,
  resubscribe: false,
  queueQoSZero: false,
  timerVariant: 'native',
  // 3.1.1 allows a password only beside a user name (§3.1.2.9); an empty one is one.
  ...(username || password ? { username: username ?? '' } : {}),
  ...(password ? { password } : {}),
  ...(will ? { will: willOf(will, protocol) } : {}),
  ...(isSecure(url) ? tlsOptions(tls) : {}),
})

const tlsOptions = (tls: TlsSettings = { verifyServer: true }): IClientOptions => {
  const { ca, cert, key, pfx, passphrase, servername, alpn, verifyServer } = tls
  const secure: IClientOptions & { pfx?: Buffer; passphrase?: string } = {
    rejectUnauthorized: verifyServer,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
    // Of wss, mqtt.js hands over only what stands in wsOptions.
    ...(servername === undefined ? {} : { servername, wsOptions: { servername } as object }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
  }
  return secure
}
