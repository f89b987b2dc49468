import type { CodedError } from '../../errors/index.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Packet } from './packet.ts'
import type { StatusTopic } from './types.ts'

/** Counters change with every event; the status topic follows no faster than this, ms. */
const REFRESH_MS = 10_000

/** The retained status over one connection: birth, refreshments, and the last word. */
export interface StatusPublication {
  changed(): void
  /** Resolves once the broker has answered, or the connection has ended. */
  goodbye(): Promise<void>
  stop(): void
}

export const publishStatus = (
  connection: Connection,
  { topic, online, offline }: StatusTopic,
  { clock, onTrouble }: { clock: Clock; onTrouble: (error: CodedError) => void },
): StatusPublication => {
  let last = ''
  let cancel: (() => void) | null = null
  /** One at a time: only one place of Receive Maximum is kept for it. */
  let sending: Promise<unknown> = Promise.resolve()

  const send = (payload: string): Promise<unknown> => {
    const { receiveMaximum, maximumQos, retainAvailable } = connection.limits
    const packet: Packet = {
      topic,
      payload: Buffer.from(payload),
      // A broker that allows one message in flight has it taken by an event.
      qos: receiveMaximum < 2 || maximumQos === 0 ? 0 : 1,
      retain: retainAvailable,
      ...(connection.protocol === '5'
        ? { properties: { payloadFormatIndicator: true, contentType: 'application/json' } }
        : {}),
    }
    last = payload
    sending = sending
      .then(() => connection.publish(packet))
      .then((outcome) => {
        // With what comes next it is tried again anyway.
        if (outcome.kind === 'refused') onTrouble(outcome.error(false))
      })
    return sending
  }
  const stop = (): void => {
    cancel?.()
    cancel = null
  }
  const refresh = (): void => {
    cancel = null
    const payload = online()
    if (payload !== last) void send(payload)
  }

  // At once, and so before any event: those are read from the disk first.
  void send(online())
  return {
    changed: () => {
      cancel ??= clock.after(REFRESH_MS, refresh)
    },
    goodbye: async () => {
      stop()
      await send(offline)
    },
    stop,
  }
}
