import { AttributeIds, type DataValue, NumericRange } from 'node-opcua'
import type { Link } from './link.ts'
import type { Watched } from './types.ts'

/** Enough of a large value to have its status and timestamps with it; the standard forbids to write it 0:0 (Part 4 §7.27). */
export const FIRST_ELEMENT = new NumericRange('0')

/** Reading is for what notifications do not tell; oftener than this it would be a load. */
const MIN_READ_MS = 50

/** A read and a notification may overtake each other by a few values. */
const REMEMBERED = 16

export interface Announcer {
  notified(value: DataValue): void
  stop(): void
}

/**
 * Tells of every new source timestamp or status of a large value once, from one element of it. A notification alone does
 * not do: node-opcua's own server, for one, compares only the element under the index range, so that of two JPEGs, which
 * begin with the same byte, the second is never told of, whatever the filter (Part 4 §7.22.2) asks for. So the
 * element is read as well, as often as it was to be sampled.
 */
export const announceByTimestamp = (
  { session, onEnd }: Link,
  { nodeId, samplingMs }: Watched,
  tell: (value: DataValue) => void,
): Announcer => {
  const told: string[] = []
  let stopped = false
  let timer: NodeJS.Timeout
  let first = true

  /** False when it is known already. */
  const isNew = (key: string): boolean => {
    if (told.includes(key)) return false
    told.push(key)
    if (told.length > REMEMBERED) told.shift()
    return true
  }
  const notified = (value: DataValue): void => {
    first = false
    const key = keyOf(value)
    // Without a timestamp nothing else can tell whether it is new.
    if (key === null || isNew(key)) tell(value)
  }
  const read = async (): Promise<void> => {
    try {
      const value = await session.read({ nodeId, attributeId: AttributeIds.Value, indexRange: FIRST_ELEMENT })
      const key = keyOf(value)
      // The first word is the notification's: it is what says whether the server refuses the item.
      if (!stopped && !first && key !== null && isNew(key)) tell(value)
    } catch {
      // The watchdog of the session says so when it is more than a request that failed.
    }
    schedule()
  }
  const schedule = (): void => {
    if (!stopped) timer = setTimeout(() => void read(), Math.max(MIN_READ_MS, samplingMs))
  }
  const stop = (): void => {
    stopped = true
    clearTimeout(timer)
    forget()
  }
  const forget = onEnd(stop)
  schedule()
  return { notified, stop }
}

const keyOf = ({ sourceTimestamp, sourcePicoseconds, statusCode }: DataValue): string | null =>
  sourceTimestamp === null || sourceTimestamp === undefined
    ? null
    : `${sourceTimestamp.getTime()} ${sourcePicoseconds} ${statusCode.value & ~OVERFLOW_BITS}`

/** Says something of the queue, not of the value (Part 4 §7.39.1). */
const OVERFLOW_BITS = 0x480
