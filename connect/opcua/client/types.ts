import type { ClientSession, DataValue } from 'node-opcua'

/** How a server is reached. */
export interface ConnectionSettings {
  readonly endpointUrl: string
  readonly securityMode: 'SignAndEncrypt' | 'Sign' | 'None'
  /** Without the URI's prefix. */
  readonly securityPolicy: 'Basic256Sha256' | 'Aes128_Sha256_RsaOaep' | 'Aes256_Sha256_RsaPss' | 'None'
  readonly identity:
    | { readonly type: 'anonymous' }
    | { readonly type: 'userName'; readonly userName: string; readonly password: string }
    /** PEM. */
    | { readonly type: 'certificate'; readonly certificate: string; readonly privateKey: string }
  /** Folder of this package's own certificate, key and trusted certificates. */
  readonly pkiFolder: string
  readonly requestTimeoutMs: number
  /** Between two looks at whether the server is still there. */
  readonly watchdogMs: number
}

export interface ConnectionStatus {
  readonly state: 'connecting' | 'online' | 'waiting' | 'untrusted' | 'closed'
  readonly reconnects: number
  /** Notifications that the server or we had to throw away (Part 4 §5.13.1.5, queue overflow), since the start. */
  readonly overflows: number
  /** Gaps in the sequence numbers of notification messages (Part 4 §5.14.1.1). */
  readonly losses: number
  /** Starts with its code. */
  readonly lastError: string | null
  /** ms since 1970 of the last answer of the server; null before the first. */
  readonly lastAnswerAt: number | null
}

/** One value to be told of. */
export interface Watched {
  readonly nodeId: string
  readonly samplingMs: number
  /** Values kept by the server between two publishings. */
  readonly queueSize: number
  /**
   * `value` (default): the value itself. `timestamp`: one element of it (IndexRange 0) whenever value, status or source timestamp
   * change, so that a large value is announced without being sent; servers that refuse this get `value`.
   */
  readonly announce?: 'value' | 'timestamp'
  readonly onChange: (value: DataValue) => void
  /** The server refuses this item (BadNodeIdUnknown, …); tried again with every new session. */
  readonly onRefused: (error: Error) => void
}

/**
 * One supervised session with a server. It reconnects by itself for as long as it lives: every time with a new client,
 * session and subscription, so that nothing is left over from before an outage.
 */
export interface Connection {
  status(): ConnectionStatus
  /** Called at every change; gives the function that ends it. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void
  /**
   * Runs an action with the present session, at most `requestTimeoutMs` long.
   * @throws OPCUA_OFFLINE when there is none, OPCUA_TIMEOUT, OPCUA_CONNECTION_LOST when it ends under the action
   */
  use<T>(action: (session: ClientSession) => Promise<T>, timeoutMs?: number): Promise<T>
  /** Monitors values over all reconnects; gives the function that ends it. */
  watch(items: readonly Watched[], publishingMs: number): () => void
  close(): Promise<void>
}
