import { codedError } from '../../errors/index.ts'
import type { DropPolicy } from '../types.ts'

/** What the queue needs to know of what waits in it. */
export interface Sized {
  readonly bytes: number
}

/** Picks who loses when `incoming` does not fit. */
type Choose = <T extends Sized>(waiting: readonly T[], incoming: T) => T

/**
 * A full queue is normal on a live line: the policy says which image loses.
 * @throws ENGINE_QUEUE_FULL under `reject`
 */
export const loserUnder = {
  'drop-oldest': (waiting, incoming) => waiting[0] ?? incoming,
  'drop-newest': (_waiting, incoming) => incoming,
  reject: (waiting) => {
    const bytes = waiting.reduce((sum, item) => sum + item.bytes, 0)
    throw codedError(
      'ENGINE_QUEUE_FULL',
      `${waiting.length} images (${bytes} bytes) are waiting and no more fit; send fewer, ` +
        'make the queue larger, or choose a policy that drops images',
    )
  },
} satisfies Record<DropPolicy, Choose>

export const DROP_POLICIES = Object.keys(loserUnder) as readonly DropPolicy[]
