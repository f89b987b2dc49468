/**
 * What must survive a power cut, in one SQLite file of the box: events on their way to brokers, results on their way to
 * PLCs. What a promise here has resolved is on the disk (`synchronous = FULL`); a full disk rejects it with STORE_FULL,
 * any other trouble with STORE_WRITE or STORE_DAMAGED, and a store that was closed with STORE_CLOSED.
 */
export interface Store {
  /** Events of one publisher (a node's id), in the order in which they were accepted. */
  outbox(stream: string, limits: OutboxLimits): Promise<Outbox>
  /** Inspection results of one OPC UA handshake (a node's id). */
  results(owner: string, kept: number): Promise<ResultLog>
  /** Every stream of the file with what waits in it; those of removed nodes are among them. */
  streams(): Promise<readonly StreamSummary[]>
  /** Writes what is under way and closes the file. */
  close(): Promise<void>
}

export interface StoreOptions {
  /** ms since 1970; judges the age of events. */
  readonly now?: () => number
  /** ms from anywhere on, never set; by it a clock that is set is noticed, which ages no event. */
  readonly elapsed?: () => number
}

export interface OutboxLimits {
  /** Of payloads and their addresses; the oldest events lose their place. */
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface StreamSummary extends OutboxCounts {
  readonly stream: string
  /** Whether somebody has opened it since the store was opened; what nobody opens is never sent. */
  readonly isOpen: boolean
}

/** A message that is to reach a broker, whatever happens. */
export interface OutboxMessage {
  /** Of the event: stable, for de-duplication. Accepting one id twice keeps one. */
  readonly id: string
  /** Everything that is needed to publish it, as JSON. */
  readonly envelope: string
  readonly payload: Uint8Array
}

export interface StoredMessage extends OutboxMessage {
  /** Ascending in the order of acceptance. */
  readonly sequence: number
  /** ms since 1970, by the clock as it is now. */
  readonly acceptedAt: number
  /** How often it was handed out before, sent or not; from 1 on, a copy may have arrived already. */
  readonly attempts: number
}

export interface Outbox {
  /** @throws STORE_FULL, STORE_WRITE; STORE_TOO_LARGE when one message is larger than the whole outbox */
  accept(message: OutboxMessage): Promise<void>
  /**
   * The oldest messages after a sequence number, each counted as attempted, on the disk, before they are given.
   * @param count most of them
   * @param bytes no more are added to those that have so many together; all of them by default
   */
  take(after: number, count: number, bytes?: number): Promise<readonly StoredMessage[]>
  /** The broker has them. */
  forget(sequences: readonly number[]): Promise<void>
  /** As of the last call that was answered. */
  counts(): OutboxCounts
}

export interface OutboxCounts {
  readonly waiting: number
  readonly bytes: number
  /** Since the file was made: lost their place to newer ones, or grew too old. */
  readonly droppedFull: number
  readonly droppedOld: number
}

/** One result as a handshake keeps it; the body is the handshake's own JSON. */
export interface LoggedResult {
  readonly sequence: number
  readonly acquisitionId: number
  readonly body: string
  /** JPEG. */
  readonly overlay: Uint8Array | null
  readonly acknowledged: boolean
}

export interface ResultLog {
  add(result: Omit<LoggedResult, 'sequence' | 'acknowledged'>): Promise<number>
  /** Acknowledged results beyond the newest `kept` are deleted. */
  acknowledge(sequence: number): Promise<void>
  /** Not acknowledged, oldest first. */
  waiting(): Promise<readonly LoggedResult[]>
  /** At most `kept`, newest first, acknowledged or not. */
  newest(): Promise<readonly LoggedResult[]>
  /** A small JSON document of the owner: counters that go on after a restart. Null when there is none. */
  readState(): Promise<string | null>
  writeState(state: string): Promise<void>
}
