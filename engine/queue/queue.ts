import { codedError } from '../../errors/index.ts'
import type { DropPolicy } from '../types.ts'
import { type Bounds, losersUnder, type Waiting } from './policies.ts'

export interface QueueBounds extends Bounds {
  readonly policy: DropPolicy
}

/**
 * Bounded in images and in bytes, and fair: sources take turns, one image each, so that a fast camera cannot starve the
 * others; of one source it is first in, first out. A source that has had its turn, or comes new, goes behind those that wait.
 */
export interface FairQueue<T extends Waiting> {
  readonly size: number
  readonly bytes: number
  /**
   * Since when the image or its place has been waiting that has been for longest, ms of the engine's clock; undefined when none
   * is. An image that takes the place of a dropped one has its waiting counted on: else a stream of drops would hold a batch back for ever.
   */
  readonly waitingSince: number | undefined
  /**
   * Makes room by the policy and takes `item` in; returns who lost, which may be `item` itself.
   * @throws ENGINE_QUEUE_FULL under the policy `reject`; ENGINE_TOO_LARGE for what would not fit even alone
   */
  add(item: T): readonly T[]
  /** Takes out up to `count`, one of each source in turn. */
  take(count: number): T[]
  /** Takes `item` out wherever it stands; false when it is not there. */
  remove(item: T): boolean
}

/** What waits of one source. */
interface OwnLane<T> {
  /** Oldest first; never empty between calls. */
  readonly items: T[]
  bytes: number
  since: number
}

export const fairQueue = <T extends Waiting>({ policy, ...bounds }: QueueBounds): FairQueue<T> => {
  /** In the order of their turns. */
  const lanes = new Map<string, OwnLane<T>>()
  let size = 0
  let bytes = 0

  const laneOf = ({ source, acceptedAt }: T): OwnLane<T> => {
    const found = lanes.get(source)
    if (found) return found
    const lane: OwnLane<T> = { items: [], bytes: 0, since: acceptedAt }
    lanes.set(source, lane)
    return lane
  }

  const put = (item: T): void => {
    const lane = laneOf(item)
    lane.items.push(item)
    lane.bytes += item.bytes
    size += 1
    bytes += item.bytes
  }

  const drop = (item: T): boolean => {
    const lane = lanes.get(item.source)
    const index = lane?.items.indexOf(item) ?? -1
    if (lane === undefined || index < 0) return false
    lane.items.splice(index, 1)
    lane.bytes -= item.bytes
    size -= 1
    bytes -= item.bytes
    if (lane.items.length === 0) lanes.delete(item.source)
    return true
  }

  /** It waits from when its first image came. */
  const startAgain = (source: string): void => {
    const lane = lanes.get(source)
    if (lane) lane.since = lane.items[0]!.acceptedAt
  }

  const takeNext = (): T | undefined => {
    const [first] = lanes
    if (first === undefined) return undefined
    const [source, lane] = first
    const item = lane.items[0]!
    drop(item)
    if (lanes.delete(source)) lanes.set(source, lane)
    startAgain(source)
    return item
  }

  return {
    get size() {
      return size
    },
    get bytes() {
      return bytes
    },
    get waitingSince() {
      let earliest: number | undefined
      for (const { since } of lanes.values()) earliest = Math.min(since, earliest ?? since)
      return earliest
    },
    add: (item) => {
      if (item.bytes > bounds.maxBytes) throw tooLarge(item.bytes, bounds.maxBytes)
      const losers = losersUnder[policy](lanes, item, bounds)
      // First in, then out: a source that gives up its only image keeps its turn.
      if (!losers.includes(item)) put(item)
      for (const loser of losers) drop(loser)
      return losers
    },
    take: (count) => {
      const taken: T[] = []
      while (taken.length < count) {
        const item = takeNext()
        if (item === undefined) break
        taken.push(item)
      }
      return taken
    },
    remove: (item) => {
      const isRemoved = drop(item)
      if (isRemoved) startAgain(item.source)
      return isRemoved
    },
  }
}

const tooLarge = (bytes: number, maxBytes: number) =>
  codedError(
    'ENGINE_TOO_LARGE',
    `an image has ${bytes} bytes and the whole queue may hold ${maxBytes}; send a smaller image or make the queue larger`,
  )
