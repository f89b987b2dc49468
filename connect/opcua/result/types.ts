import type { ResultLog } from '../../store/types.ts'
import type { ConnectionStatus } from '../client/types.ts'
import type { Acquisition, BoxSignals, Fate, Finished } from '../handshake/index.ts'
import type { Mapping } from './signals.ts'

export interface PlcLinkOptions {
  readonly mapping: Mapping
  readonly log: ResultLog
  /** Results that may wait for ResultsAck. */
  readonly maxWaiting: number
  /** An acquisition without a result for so long becomes an error for the PLC. */
  readonly inspectionTimeoutMs: number
  /** How often the server looks at the PLC's signals and tells of them. */
  readonly publishingMs: number
  readonly heartbeatMs: number
  /** A trigger was taken: an image is wanted. */
  readonly acquire: (acquisition: Acquisition) => void
  /** For the log of the flow; what repeats itself comes once in a while, with its number. */
  readonly notice: (level: 'warn' | 'error', text: string) => void
}

export interface PlcLinkStatus {
  readonly connection: ConnectionStatus
  /** What the PLC sees, or is to see as soon as it can be written. */
  readonly signals: BoxSignals
  /** Names of signals that cannot be read or written now. */
  readonly faulty: readonly string[]
  /** Results that came when their acquisition had been answered already; none of them was kept. */
  readonly late: number
}

/** The handshake with one PLC whose server we are a client of. */
export interface PlcLink {
  /** On the disk before the PLC sees it; docs/opcua-handshake.md tells what becomes of it. */
  finish(finished: Finished): Promise<Fate>
  status(): PlcLinkStatus
  /** Called at every change; gives the function that ends it. */
  onStatus(listener: (status: PlcLinkStatus) => void): () => void
  /** Takes Online and TriggerReady back, as far as the server answers within 2 s. What is not acknowledged stays in the log. */
  close(): Promise<void>
}
