import { codedError } from '../../errors/index.ts'
import type { DropPolicy } from '../types.ts'
import { loserUnder, type Sized } from './policies.ts'

export interface QueueBounds {
  readonly maxImages: number
  readonly maxBytes: number
  readonly policy: DropPolicy
}

/** First in, first out, bounded in images and in bytes. */
export interface BoundedQueue<T extends Sized> {
  readonly size: number
  readonly bytes: number
  readonly oldest: T | undefined
  /**
   * Makes room by the policy and takes `item` in; returns who lost, which may be `item` itself.
   * @throws ENGINE_QUEUE_FULL under the policy `reject`; ENGINE_TOO_LARGE for what would not fit even alone
   */
  add(item: T): T[]
  /** Takes out up to `count`, oldest first. */
  take(count: number): T[]
  /** Takes `item` out wherever it stands; false when it is not there. */
  remove(item: T): boolean
}

export const boundedQueue = <T extends Sized>({
  maxImages,
  maxBytes,
  policy,
}: QueueBounds): BoundedQueue<T> => {
  const waiting: T[] = []
  let bytes = 0

  const removeAt = (index: number, count: number): T[] => {
    const removed = waiting.splice(index, count)
    for (const item of removed) bytes -= item.bytes
    return removed
  }

  const fits = (item: T): boolean => waiting.length < maxImages && bytes + item.bytes <= maxBytes

  return {
    get size() {
      return waiting.length
    },
    get bytes() {
      return bytes
    },
    get oldest() {
      return waiting[0]
    },
    add: (item) => {
      if (item.bytes > maxBytes) throw tooLarge(item.bytes, maxBytes)
      const losers: T[] = []
      while (!fits(item)) {
        const loser = loserUnder[policy](waiting, item)
        losers.push(loser)
        if (loser === item) return losers
        removeAt(waiting.indexOf(loser), 1)
      }
      waiting.push(item)
      bytes += item.bytes
      return losers
    },
    take: (count) => removeAt(0, count),
    remove: (item) => {
      const index = waiting.indexOf(item)
      if (index >= 0) removeAt(index, 1)
      return index >= 0
    },
  }
}

const tooLarge = (bytes: number, maxBytes: number) =>
  codedError(
    'ENGINE_TOO_LARGE',
    `an image has ${bytes} bytes and the whole queue may hold ${maxBytes}; send a smaller image or make the queue larger`,
  )
