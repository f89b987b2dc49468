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
  /** Starts with its code. */
  readonly lastError: string | null
}
