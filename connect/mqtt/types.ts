import type { CodedError } from '../../errors/index.ts'
import type { BackoffOptions } from '../backoff.ts'
import type { OutboxMessage } from '../store/types.ts'
import type { Clock } from './clock.ts'

/** How a broker is reached. TLS follows from the URL: `mqtts:`, `wss:`. */
export interface BrokerSettings {
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly clientId: string
  /** `auto`: MQTT 5, and 3.1.1 where the broker refuses it. */
  readonly protocol: 'auto' | '5' | '3.1.1'
  readonly keepaliveS: number
  readonly connectTimeoutMs: number
  readonly tls?: TlsSettings
  /** Largest PUBLISH packet, bytes, where the broker does not tell (3.1.1) or tells a larger one. */
  readonly maxPacketBytes: number
}

/** PEM. */
export interface TlsSettings {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** PKCS #12, in place of certificate and key. */
  readonly pfx?: Buffer
  readonly passphrase?: string
  readonly servername?: string
  readonly alpn?: string
  /** False = an unknown server certificate is accepted; only ever by the user's own choice. */
  readonly verifyServer: boolean
}

/** What the dot and the status topic tell. */
export interface PublisherStatus {
  readonly state: 'connecting' | 'online' | 'offline' | 'closed'
  /** Protocol of the present connection. */
  readonly protocol: '5' | '3.1.1' | null
  readonly waiting: number
  readonly inFlight: number
  readonly published: number
  /** Of the published: sent again after a connection or a process had ended under them. */
  readonly redelivered: number
  readonly dropped: number
  /** Could not be sent at all: larger than the broker takes, even without an image. */
  readonly refused: number
  readonly reconnects: number
  /** Starts with its code; STORE_… only for as long as the trouble lasts. */
  readonly lastError: string | null
}

/** Retained: who subscribes later sees at once whether the publisher is there. */
export interface StatusTopic {
  readonly topic: string
  /** JSON; asked for at every birth, and again when counters have changed. */
  online(): string
  /** JSON; the will, and published before an orderly end. */
  readonly offline: string
}

export interface PublisherOptions {
  readonly status?: StatusTopic
  /**
   * The payload in a form that fits better (without images), or null where there is none.
   * @param limit bytes that the packet may have
   */
  readonly shrink?: (payload: Uint8Array, limit: number) => Uint8Array | null
  /** The event has left the outbox and never reaches the broker: MQTT_TOO_LARGE, MQTT_REFUSED. */
  readonly onRefused?: (id: string, error: CodedError) => void
  /** At most once a turn of the event loop. */
  readonly onStatus?: (status: PublisherStatus) => void
  /** So long without any acknowledgement, ms, and the connection counts as dead; 60 s by default. */
  readonly ackTimeoutMs?: number
  /** Waits between attempts; 0.5 s to 30 s by default. */
  readonly backoff?: BackoffOptions
  readonly clock?: Clock
}

/** Brings what is in an outbox to a broker, in order, for as long as it takes. */
export interface Publisher {
  /**
   * Into the outbox, on the disk, and from there on its way.
   * @throws MQTT_TOO_LARGE where the broker's limit is known and the smaller form is larger, too; STORE_…
   */
  accept(message: OutboxMessage): Promise<void>
  status(): PublisherStatus
  /**
   * Takes nothing more, waits for what is in flight, says goodbye. What is not acknowledged by then stays in the outbox; and
   * a broker that has not even taken the goodbye by then is left to publish the will.
   * @param limitMs for all of it
   */
  close(limitMs: number): Promise<void>
}
