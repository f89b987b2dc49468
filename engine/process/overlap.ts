import { inTurn } from '../in-turn.ts'

/**
 * Two stages, each of which works on one thing at a time, in the order in which they come: while one is in the second stage, the
 * next one is in the first, and no further one is begun before that has moved on.
 */
export const overlapped = (): (<T>(
  first: () => Promise<T>,
  second: (prepared: T) => Promise<void>,
) => Promise<void>) => {
  const takeTurn = inTurn()
  let before: Promise<unknown> = Promise.resolve()
  return async (first, second) => {
    // In an object: a promise that was returned itself would keep the turn until it has settled.
    const { finished } = await takeTurn(async () => {
      const prepared = await first()
      await before
      const finished = second(prepared)
      before = finished.catch(() => {})
      return { finished }
    })
    return finished
  }
}
