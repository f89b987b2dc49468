import type { Answer, BatchImage } from './types.ts'

/**
 * Lets the answers of a batch out in the order of its images of the same source, however they are grouped for the model: a flow sees the images of a
 * camera in order, and need not wait for those of another. What is no answer goes out at once.
 */
export const answersInOrder = (
  batch: readonly Pick<BatchImage, 'id' | 'source'>[],
  answer: Answer,
): Answer => {
  const left = [...Map.groupBy(batch, ({ source }) => source).values()].map((images) =>
    images.map(({ id }) => id),
  )
  const held = new Map<number, Parameters<Answer>>()
  return (...said) => {
    const [message] = said
    if (message.type !== 'result' && message.type !== 'error') {
      answer(...said)
      return
    }
    held.set(message.id, said)
    const ids = left.find((ids) => ids.includes(message.id))!
    for (let said = held.get(ids[0]!); said !== undefined; said = held.get(ids[0]!)) {
      ids.shift()
      answer(...said)
    }
  }
}
