import type { Answer } from './types.ts'

/**
 * Works on every batch as soon as it comes, beside those before it, and lets the answers out in the order in which the batches came: a flow sees its
 * images in order, wherever they are inspected.
 */
export const sideBySide = (
  answer: Answer,
): ((inspect: (answer: Answer) => Promise<void>) => Promise<void>) => {
  let before: Promise<unknown> = Promise.resolve()
  return async (inspect) => {
    const held: Parameters<Answer>[] = []
    let isTurn = false
    const inspected = inspect((...said) => {
      if (isTurn) answer(...said)
      else held.push(said)
    })
    const turn = before.then(() => {
      isTurn = true
      for (const said of held) answer(...said)
    })
    before = Promise.all([turn, inspected])
    await before
  }
}
