import type { ErrorCode } from '../../errors/index.ts'
import type { LoggedResult, OutboxCounts, OutboxMessage, StoredMessage, StreamSummary } from './types.ts'

interface Of<Args, Answer> {
  readonly args: Args
  readonly answer: Answer
}

interface Stream {
  readonly stream: string
  readonly maxBytes: number
  readonly maxAgeMs: number
  /** ms since 1970; the thread has no clock of its own. */
  readonly now: number
}

interface Owner {
  readonly owner: string
  readonly kept: number
}

/** Everything the thread does for the store, with what goes in and what comes back. */
export interface Calls {
  openOutbox: Of<Stream, OutboxCounts>
  accept: Of<Stream & OutboxMessage, OutboxCounts>
  take: Of<
    Stream & { after: number; count: number; bytes: number },
    { messages: readonly StoredMessage[]; counts: OutboxCounts }
  >
  forget: Of<{ stream: string; sequences: readonly number[] }, OutboxCounts>
  setClock: Of<{ now: number; set: number }, null>
  streams: Of<{ now: number }, Omit<StreamSummary, 'isOpen'>[]>
  addResult: Of<Owner & Omit<LoggedResult, 'sequence' | 'acknowledged'>, number>
  acknowledgeResult: Of<Owner & { sequence: number }, null>
  waitingResults: Of<Owner, LoggedResult[]>
  newestResults: Of<Owner, LoggedResult[]>
  readState: Of<Owner, string | null>
  writeState: Of<Owner & { state: string }, null>
}

export type CallName = keyof Calls

/** Each call by its name; a call without an operation does not compile. */
export type Operations = { readonly [N in CallName]: (args: Calls[N]['args']) => Calls[N]['answer'] }

export interface Request<N extends CallName = CallName> {
  readonly call: number
  readonly name: N
  readonly args: Calls[N]['args']
}

/** An error as it goes from thread to thread: only its message survives a structured clone. */
export interface Fault {
  readonly code: ErrorCode
  readonly message: string
}

export type Reply =
  | { readonly call: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly call: number; readonly fault: Fault }

/** The first thing the thread says. */
export type Opening = { readonly opened: true } | { readonly opened: false; readonly fault: Fault }

/** What the thread is started with. */
export interface ThreadSettings {
  readonly file: string
  readonly now: number
}

/** Sent instead of a request: write what came before, close the file, end. */
export const CLOSE = 'close'
