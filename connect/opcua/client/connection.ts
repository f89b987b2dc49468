import type { ClientSession } from 'node-opcua'
import { isCodedError, messageOf } from '../../../errors/index.ts'
import { backoff } from '../../backoff.ts'
import { openPki, type Pki } from '../pki/index.ts'
import { makeAlarm } from './alarm.ts'
import { connectionLost, endsSession, offline, requestError, timedOut } from './errors.ts'
import { withinLimit } from './limit.ts'
import { type Link, openLink } from './link.ts'
import { subscribe } from './subscription.ts'
import type { Connection, ConnectionSettings, ConnectionStatus, Watched } from './types.ts'

export interface ConnectionOptions {
  readonly random?: () => number
  readonly log?: (text: string) => void
}

/** The first attempt comes soon, and no later one is far away: a server that is back is used within 10 s. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 4_000

/** A session that has lived so long has earned it that the next attempt comes soon. */
const SETTLED_MS = 10_000

interface Watch {
  readonly items: readonly Watched[]
  readonly publishingMs: number
  stop: (() => void) | null
}

/** Opens a connection at once and keeps it until it is closed. Nothing here throws: the status tells. */
export const openConnection = (settings: ConnectionSettings, options: ConnectionOptions = {}): Connection => {
  const { endpointUrl, requestTimeoutMs } = settings
  const { random = Math.random, log = () => {} } = options
  const closing = new AbortController()
  const listeners = new Set<(status: ConnectionStatus) => void>()
  const watches = new Set<Watch>()
  let link: Link | null = null
  const alarm = makeAlarm()
  let status: ConnectionStatus = {
    state: 'connecting',
    reconnects: 0,
    overflows: 0,
    losses: 0,
    lastError: null,
    lastAnswerAt: null,
  }

  const tell = (change: Partial<ConnectionStatus>): void => {
    status = { ...status, ...change }
    for (const listener of [...listeners]) listener(status)
  }
  const answered = (): void => {
    // Only time has passed: nobody needs to be told.
    status = { ...status, lastAnswerAt: Date.now() }
  }

  /** A night without a server is one line in the log, not ten thousand. */
  let said: string | null = null
  const say = (what: string | null, words: string): void => {
    if (said === what) return
    said = what
    log(words)
  }

  const start = (watch: Watch, on: Link): void => {
    watch.stop = subscribe(on, watch.items, watch.publishingMs, endpointUrl, {
      onOverflow: () => tell({ overflows: status.overflows + 1 }),
      onLosses: (count) => tell({ losses: status.losses + count }),
    })
  }

  /** One session, from the attempt to its end; throws why there was none, or why it has ended. */
  const live = async (pki: Pki, again: boolean): Promise<never> => {
    // A certificate stays untrusted while the server is asked whether it has another one by now.
    if (status.state !== 'untrusted') tell({ state: 'connecting' })
    const opened = await openLink(settings, pki, answered, closing.signal)
    if (closing.signal.aborted) {
      await opened.close()
      throw connectionLost(endpointUrl, 'it was closed')
    }
    link = opened
    const forget = pki.onTrust(({ thumbprint, trusted }) => {
      if (!trusted && thumbprint === opened.thumbprint)
        opened.end(connectionLost(endpointUrl, "the server's certificate is no longer trusted"), true)
    })
    const close = (): void => opened.end(connectionLost(endpointUrl, 'it was closed'), true)
    closing.signal.addEventListener('abort', close)
    try {
      say(null, `there is a session with ${endpointUrl} again`)
      tell({ state: 'online', lastError: null, reconnects: status.reconnects + (again ? 1 : 0) })
      for (const watch of watches) start(watch, opened)
      const reason = await new Promise<Error>((resolve) => opened.onEnd(resolve))
      // Before the teardown, which takes its time when the server no longer answers.
      if (!closing.signal.aborted) tell({ state: 'waiting', lastError: reason.message })
      throw reason
    } finally {
      link = null
      forget()
      closing.signal.removeEventListener('abort', close)
      for (const watch of watches) watch.stop = null
      await opened.close()
    }
  }

  const keep = async (): Promise<void> => {
    let pki: Pki | null = null
    let stopListening = (): void => {}
    let wasOnline = false
    const newWaits = () => backoff({ first: FIRST_WAIT_MS, cap: LONGEST_WAIT_MS, random })
    let waits = newWaits()
    try {
      while (!closing.signal.aborted) {
        const began = performance.now()
        try {
          if (pki === null) {
            pki = await openPki(settings.pkiFolder, { log })
            stopListening = pki.onTrust(({ trusted }) => {
              if (trusted) alarm.ring()
            })
          }
          await live(pki, wasOnline)
        } catch (thrown) {
          if (closing.signal.aborted) break
          const untrusted = isCodedError(thrown, 'OPCUA_UNTRUSTED')
          const hasLived = isCodedError(thrown, 'OPCUA_CONNECTION_LOST')
          wasOnline ||= hasLived
          if (hasLived && performance.now() - began > SETTLED_MS) waits = newWaits()
          say(isCodedError(thrown) ? thrown.code : 'another', messageOf(thrown))
          tell({ state: untrusted ? 'untrusted' : 'waiting', lastError: messageOf(thrown) })
          const slept = await alarm.sleep(waits.next().value)
          if (!slept && !closing.signal.aborted) tell({ state: 'connecting' })
        }
      }
    } finally {
      stopListening()
      await pki?.close()
    }
  }

  const kept = keep()

  return {
    status: () => status,
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    use: async <T>(
      action: (session: ClientSession) => Promise<T>,
      timeoutMs = requestTimeoutMs,
    ): Promise<T> => {
      const present = link
      if (present === null) throw offline(endpointUrl, status.lastError)
      const lost = Promise.withResolvers<never>()
      const forget = present.onEnd(lost.reject)
      const late = (): Error => timedOut(endpointUrl, `has not answered within ${timeoutMs / 1000} s`)
      try {
        const result = await withinLimit(
          Promise.race([(async () => action(present.session))(), lost.promise]),
          timeoutMs,
          late,
        )
        answered()
        return result
      } catch (thrown) {
        const error = requestError(thrown, endpointUrl)
        if (endsSession(error)) present.end(error)
        throw error
      } finally {
        forget()
      }
    },
    watch: (items, publishingMs) => {
      const watch: Watch = { items, publishingMs, stop: null }
      watches.add(watch)
      if (link) start(watch, link)
      return () => {
        watches.delete(watch)
        watch.stop?.()
        watch.stop = null
      }
    },
    close: async () => {
      if (!closing.signal.aborted) {
        closing.abort()
        alarm.ring()
      }
      await kept
      if (status.state !== 'closed') tell({ state: 'closed' })
      listeners.clear()
    },
  }
}
