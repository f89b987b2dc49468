import assert from 'node:assert/strict'
import { answersInOrder } from '../../../engine/process/answers-in-order.ts'
import type { FromProcess } from '../../../engine/protocol.ts'

const error = (id: number): FromProcess => ({
  type: 'error',
  id,
  error: { code: 'IMAGE_FORMAT', message: '' },
})

describe('the answers of a batch', () => {
  it('go out in the order of its images, each once, as soon as those before it have', () => {
    const heard: unknown[] = []
    const answer = answersInOrder(
      [4, 5, 6].map((id) => ({ id, source: '' })),
      (message) => heard.push('id' in message && message.id),
    )
    answer(error(6))
    assert.deepEqual(heard, [])
    answer(error(4))
    assert.deepEqual(heard, [4])
    answer(error(5))
    assert.deepEqual(heard, [4, 5, 6])
  })

  it('do not wait for those of another camera', () => {
    const heard: unknown[] = []
    const batch = ['a', 'b', 'a', 'b'].map((source, id) => ({ id, source }))
    const answer = answersInOrder(batch, (message) => heard.push('id' in message && message.id))
    answer(error(1))
    assert.deepEqual(heard, [1])
    answer(error(2))
    assert.deepEqual(heard, [1])
    answer(error(3))
    answer(error(0))
    assert.deepEqual(heard, [1, 3, 0, 2])
  })

  it('do not hold back what is none', () => {
    const heard: string[] = []
    const answer = answersInOrder(
      [1, 2].map((id) => ({ id, source: '' })),
      ({ type }) => heard.push(type),
    )
    answer({ type: 'progress', id: 2 })
    assert.deepEqual(heard, ['progress'])
  })
})
