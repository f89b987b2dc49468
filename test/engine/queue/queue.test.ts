import assert from 'node:assert/strict'
import { boundedQueue, DROP_POLICIES } from '../../../engine/queue/index.ts'
import type { DropPolicy } from '../../../engine/types.ts'

interface Item {
  readonly name: string
  readonly bytes: number
}

const item = (name: string, bytes = 10): Item => ({ name, bytes })
const names = (items: readonly Item[]) => items.map(({ name }) => name).join('')
const queueUnder = (policy: DropPolicy, maxImages = 2, maxBytes = 100) =>
  boundedQueue<Item>({ maxImages, maxBytes, policy })

describe('the queue', () => {
  it('gives out what came first', () => {
    const queue = queueUnder('reject', 3)
    for (const name of 'abc') queue.add(item(name))
    assert.equal(queue.oldest?.name, 'a')
    assert.equal(names(queue.take(2)), 'ab')
    assert.equal(names(queue.take(2)), 'c')
    assert.equal(queue.bytes, 0)
  })

  it('gives up the oldest image under drop-oldest', () => {
    const queue = queueUnder('drop-oldest')
    queue.add(item('a'))
    queue.add(item('b'))
    assert.equal(names(queue.add(item('c'))), 'a')
    assert.equal(names(queue.take(9)), 'bc')
  })

  it('gives up as many old images as a large one needs room', () => {
    const queue = queueUnder('drop-oldest', 9)
    for (const name of 'abc') queue.add(item(name, 30))
    assert.equal(names(queue.add(item('d', 70))), 'ab')
    assert.equal(queue.bytes, 100)
  })

  it('gives up the incoming image under drop-newest and keeps the others', () => {
    const queue = queueUnder('drop-newest')
    queue.add(item('a'))
    queue.add(item('b'))
    assert.equal(names(queue.add(item('c'))), 'c')
    assert.equal(names(queue.take(9)), 'ab')
  })

  it('refuses the incoming image under reject and keeps the others', () => {
    const queue = queueUnder('reject')
    queue.add(item('a'))
    queue.add(item('b'))
    assert.throws(() => queue.add(item('c')), { code: 'ENGINE_QUEUE_FULL' })
    assert.equal(names(queue.take(9)), 'ab')
  })

  it('counts bytes as well as images', () => {
    const queue = queueUnder('reject', 9)
    queue.add(item('a', 60))
    assert.throws(() => queue.add(item('b', 41)), { code: 'ENGINE_QUEUE_FULL' })
    assert.deepEqual(queue.add(item('c', 40)), [])
  })

  for (const policy of DROP_POLICIES)
    it(`refuses an image that would not fit alone and drops nothing for it, under ${policy}`, () => {
      const queue = queueUnder(policy)
      queue.add(item('a'))
      assert.throws(() => queue.add(item('b', 101)), { code: 'ENGINE_TOO_LARGE' })
      assert.equal(names(queue.take(9)), 'a')
    })

  it('lets an image be taken back from the middle, and its room be used again', () => {
    const queue = queueUnder('reject', 3)
    const [a, b, c] = [item('a'), item('b', 80), item('c')]
    for (const one of [a, b, c]) queue.add(one)
    assert.equal(queue.remove(b), true)
    assert.equal(queue.remove(b), false)
    queue.add(item('d', 80))
    assert.equal(names(queue.take(9)), 'acd')
  })
})
