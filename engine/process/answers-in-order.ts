import type { Answer, BatchImage } from './types.ts'

/**
 * Lets the answers of a batch out in the order of its images, however they are grouped for the model: a flow sees its images in order. What is no
 * answer goes out at once.
 */
export const answersInOrder = (batch: readonly Pick<BatchImage, 'id'>[], answer: Answer): Answer => {
  const left = batch.map(({ id }) => id)
  const held = new Map<number, Parameters<Answer>>()
  return (...said) => {
    const [message] = said
    if (message.type !== 'result' && message.type !== 'error') {
      answer(...said)
      return
    }
    held.set(message.id, said)
    for (let said = held.get(left[0]!); said !== undefined; said = held.get(left[0]!)) {
      left.shift()
      answer(...said)
    }
  }
}
