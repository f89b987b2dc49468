import { codedError } from '../../errors/index.ts'
import type { DropPolicy } from '../types.ts'

/** What the queue needs to know of what waits in it. */
export interface Waiting {
  /** Counts up with arrival. */
  readonly id: number
  /** Which camera it is of. */
  readonly source: string
  readonly bytes: number
  /** Milliseconds of the engine's clock. */
  readonly acceptedAt: number
}

export interface Bounds {
  readonly maxImages: number
  readonly maxBytes: number
}

/** What waits of one source, the oldest first. */
export interface Lane<T> {
  readonly items: readonly T[]
  readonly bytes: number
}

export type Lanes<T> = ReadonlyMap<string, Lane<T>>

/** Names all who lose so that `incoming` fits; where that is `incoming` itself, nobody else does. */
type Choose = <T extends Waiting>(lanes: Lanes<T>, incoming: T, bounds: Bounds) => readonly T[]

/**
 * A full queue is normal on a live line: the policy says which images lose. It is the source that holds most, the incoming
 * image counted, that gives one up: most images where there are too many, most bytes where there are too many of those. So a
 * camera that sends faster than the model inspects pays for it itself.
 * @throws ENGINE_QUEUE_FULL under `reject`
 */
export const losersUnder = {
  'drop-oldest': (lanes, incoming, bounds) => oldestToGo(lanes, incoming, bounds),
  'drop-newest': (lanes, incoming, bounds) => {
    const losers = newestToGo(lanes, incoming, bounds)
    return losers.includes(incoming) ? [incoming] : losers
  },
  'latest-only': (lanes, incoming, bounds) => {
    const others = new Map([...lanes].filter(([source]) => source !== incoming.source))
    return [...(lanes.get(incoming.source)?.items ?? []), ...oldestToGo(others, incoming, bounds)]
  },
  reject: (lanes, incoming, { maxImages, maxBytes }) => {
    const { images, bytes } = held(sharesOf(lanes, incoming))
    if (images <= maxImages && bytes <= maxBytes) return []
    throw codedError(
      'ENGINE_QUEUE_FULL',
      `${images - 1} images (${bytes - incoming.bytes} bytes) are waiting and no more fit; send fewer, ` +
        'make the queue larger, or choose a policy that drops images',
    )
  },
} satisfies Record<DropPolicy, Choose>

export const DROP_POLICIES = Object.keys(losersUnder) as readonly DropPolicy[]

/** What one source still holds, while it is decided what it gives up. */
interface Share<T> {
  /** With the incoming image, where it is of this source. */
  readonly items: readonly T[]
  images: number
  bytes: number
}

const sharesOf = <T extends Waiting>(lanes: Lanes<T>, incoming: T): Share<T>[] => {
  const own = lanes.get(incoming.source)
  const withIncoming = {
    items: [...(own?.items ?? []), incoming],
    bytes: (own?.bytes ?? 0) + incoming.bytes,
  }
  return [...new Map([...lanes, [incoming.source, withIncoming] as const]).values()].map(
    ({ items, bytes }) => ({ items, images: items.length, bytes }),
  )
}

const held = (shares: readonly Share<unknown>[]): { images: number; bytes: number } => ({
  images: shares.reduce((sum, { images }) => sum + images, 0),
  bytes: shares.reduce((sum, { bytes }) => sum + bytes, 0),
})

/** Of sources that hold the same it is the oldest image of all that goes. The incoming one always stays. */
const oldestToGo = <T extends Waiting>(lanes: Lanes<T>, incoming: T, bounds: Bounds): T[] =>
  giveUp(
    sharesOf(lanes, incoming),
    bounds,
    ({ items, images }) => {
      const oldest = items[items.length - images]
      return oldest === incoming ? undefined : oldest
    },
    (one, other) => one.id < other.id,
  )

/** Of sources that hold the same it is the newest image of all that goes: the incoming one, where it is of one of them. */
const newestToGo = <T extends Waiting>(lanes: Lanes<T>, incoming: T, bounds: Bounds): T[] =>
  giveUp(
    sharesOf(lanes, incoming),
    bounds,
    ({ items, images }) => items[images - 1],
    (one, other) => one.id > other.id,
  )

/**
 * Takes from the source that holds most until the rest fits.
 * @param next what a source would give up; undefined = nothing @param goesFirst of two sources that hold the same
 */
const giveUp = <T extends Waiting>(
  shares: readonly Share<T>[],
  { maxImages, maxBytes }: Bounds,
  next: (share: Share<T>) => T | undefined,
  goesFirst: (one: T, other: T) => boolean,
): T[] => {
  const losers: T[] = []
  for (;;) {
    const { images, bytes } = held(shares)
    if (images <= maxImages && bytes <= maxBytes) return losers
    const scarce = images > maxImages ? 'images' : 'bytes'
    let most: Share<T> | undefined
    let loser: T | undefined
    for (const share of shares) {
      const candidate = next(share)
      if (candidate === undefined) continue
      const more = most === undefined ? 1 : share[scarce] - most[scarce]
      if (loser === undefined || more > 0 || (more === 0 && goesFirst(candidate, loser)))
        [most, loser] = [share, candidate]
    }
    // The incoming image fits alone, so somebody has one to give.
    losers.push(loser!)
    most!.images -= 1
    most!.bytes -= loser!.bytes
  }
}
