import assert from 'node:assert/strict'
import { DROP_POLICIES, fairQueue } from '../../../engine/queue/index.ts'
import type { DropPolicy } from '../../../engine/types.ts'

interface Item {
  readonly name: string
  readonly id: number
  readonly source: string
  readonly bytes: number
  readonly acceptedAt: number
}

let ids = 0
const item = (name: string, bytes = 10, source = ''): Item => {
  ids += 1
  return { name, bytes, source, id: ids, acceptedAt: ids }
}
/** Of the camera that its letter names: `a1` is of `a`. */
const of = (name: string, bytes = 10): Item => item(name, bytes, name[0]!)
const names = (items: readonly Item[]) => items.map(({ name }) => name).join('')
const queueUnder = (policy: DropPolicy, maxImages = 2, maxBytes = 100) =>
  fairQueue<Item>({ maxImages, maxBytes, policy })

describe('the queue', () => {
  it('gives out what came first', () => {
    const queue = queueUnder('reject', 3)
    for (const name of 'abc') queue.add(item(name))
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

/** A queue with these images in it, and who lost on the way. */
const filled = (policy: DropPolicy, maxImages: number, ...images: string[]) => {
  const queue = queueUnder(policy, maxImages, 10_000)
  const losers = images.flatMap((name) => queue.add(of(name)).map((loser) => loser.name))
  return { queue, losers }
}
/** What is taken, one at a time or in batches of a size. */
const drained = (queue: ReturnType<typeof queueUnder>, batch = 1): string[] => {
  const taken: string[] = []
  while (queue.size > 0)
    taken.push(
      queue
        .take(batch)
        .map(({ name }) => name)
        .join('+'),
    )
  return taken
}

describe('a queue of several cameras', () => {
  it('takes one image of each in turn, and of each camera the oldest', () => {
    const { queue } = filled('reject', 9, 'a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1')
    assert.deepEqual(drained(queue), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('fills batches across them', () => {
    const { queue } = filled('reject', 9, 'a1', 'a2', 'a3', 'b1', 'c1', 'b2')
    assert.deepEqual(drained(queue, 4), ['a1+b1+c1+a2', 'b2+a3'])
  })

  it('puts one that comes new behind those that wait, and one that has just had its turn as well', () => {
    const { queue } = filled('reject', 9, 'a1', 'a2', 'b1')
    assert.equal(names(queue.take(1)), 'a1')
    queue.add(of('c1'))
    queue.add(of('b2'))
    assert.deepEqual(drained(queue), ['b1', 'a2', 'c1', 'b2'])
  })

  it('lets no camera wait longer than one image of each other one, however fast the others are', () => {
    const queue = queueUnder('drop-oldest', 8, 10_000)
    const served: string[] = []
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 7; i++) queue.add(of(`a${round}-${i}`))
      queue.add(of(`b${round}`))
      queue.add(of(`c${round}`))
      served.push(...queue.take(3).map(({ source }) => source))
    }
    for (const camera of ['a', 'b', 'c'])
      assert.equal(served.filter((source) => source === camera).length, 50, camera)
  })

  it('is first in, first out where every image is of a source of its own', () => {
    const { queue, losers } = filled('drop-oldest', 3, 'a', 'b', 'c', 'd', 'e')
    assert.deepEqual(losers, ['a', 'b'])
    assert.deepEqual(drained(queue), ['c', 'd', 'e'])
  })

  it('gives up an image of the camera that holds most, never of a slow one', () => {
    const { queue, losers } = filled('drop-oldest', 4, 'b1', 'a1', 'a2', 'a3', 'a4', 'a5', 'c1')
    assert.deepEqual(losers, ['a1', 'a2', 'a3'])
    assert.deepEqual(drained(queue), ['b1', 'a4', 'c1', 'a5'])
  })

  it('gives up the oldest image of all where cameras hold the same', () => {
    const { losers } = filled('drop-oldest', 4, 'a1', 'b1', 'b2', 'a2', 'c1')
    assert.deepEqual(losers, ['a1'])
  })

  it('lets a slow camera in under drop-newest by giving up the newest of a fast one', () => {
    const { queue, losers } = filled('drop-newest', 3, 'a1', 'a2', 'a3', 'a4', 'b1')
    assert.deepEqual(losers, ['a4', 'a3'])
    assert.deepEqual(drained(queue), ['a1', 'b1', 'a2'])
  })

  it('gives up nothing in vain under drop-newest for an image that does not get in', () => {
    const queue = queueUnder('drop-newest', 9, 100)
    queue.add(of('a1', 40))
    queue.add(of('a2', 30))
    assert.equal(names(queue.add(of('b1', 95))), 'b1')
    assert.deepEqual(drained(queue), ['a1', 'a2'])
  })

  it('counts bytes where bytes are scarce: few large images are more than many small ones', () => {
    const queue = queueUnder('drop-oldest', 9, 100)
    for (const name of ['a1', 'a2', 'a3']) queue.add(of(name, 10))
    queue.add(of('b1', 60))
    assert.equal(names(queue.add(of('c1', 20))), 'b1')
    assert.equal(queue.bytes, 50)
  })

  it('refuses under reject whoever comes when it is full', () => {
    const { queue } = filled('reject', 2, 'a1', 'a2')
    assert.throws(() => queue.add(of('b1')), { code: 'ENGINE_QUEUE_FULL' })
    assert.deepEqual(drained(queue), ['a1', 'a2'])
  })
})

describe('a queue of the latest images only', () => {
  it('holds one image of each camera, the newest, and keeps its turn', () => {
    const { queue, losers } = filled('latest-only', 9, 'a1', 'b1', 'a2', 'a3', 'b2')
    assert.deepEqual(losers, ['a1', 'a2', 'b1'])
    assert.deepEqual(drained(queue), ['a3', 'b2'])
  })

  it('keeps to its bounds, and gives up the oldest where cameras are too many', () => {
    const { queue, losers } = filled('latest-only', 2, 'a1', 'b1', 'c1')
    assert.deepEqual(losers, ['a1'])
    assert.deepEqual(drained(queue), ['b1', 'c1'])
    const small = queueUnder('latest-only', 9, 100)
    small.add(of('a1', 50))
    small.add(of('b1', 50))
    assert.equal(names(small.add(of('b2', 60))), 'b1a1')
    assert.equal(small.bytes, 60)
  })

  it('counts the waiting of a camera on, whose image is replaced again and again', () => {
    const queue = queueUnder('latest-only', 9)
    const first = of('a1')
    queue.add(first)
    queue.add(of('a2'))
    queue.add(of('a3'))
    assert.equal(queue.waitingSince, first.acceptedAt)
    queue.take(1)
    assert.equal(queue.waitingSince, undefined)
  })
})

describe('how long the queue has been waiting', () => {
  it('goes by the oldest image of all cameras', () => {
    const queue = queueUnder('reject', 9)
    const [a1, a2, b1] = [of('a1'), of('a2'), of('b1')]
    for (const one of [a1, a2, b1]) queue.add(one)
    assert.equal(queue.waitingSince, a1.acceptedAt)
    queue.take(1)
    assert.equal(queue.waitingSince, a2.acceptedAt)
    queue.remove(a2)
    assert.equal(queue.waitingSince, b1.acceptedAt)
  })
})

/** The queue as it was before there were sources: one list. */
const oneList = (policy: 'drop-oldest' | 'drop-newest', maxImages: number, maxBytes: number) => {
  const list: Item[] = []
  const bytes = () => list.reduce((sum, one) => sum + one.bytes, 0)
  return {
    add: (incoming: Item): Item[] => {
      const losers: Item[] = []
      while (list.length >= maxImages || bytes() + incoming.bytes > maxBytes) {
        if (policy === 'drop-newest') return [incoming]
        losers.push(list.shift()!)
      }
      list.push(incoming)
      return losers
    },
    take: (count: number): Item[] => list.splice(0, count),
  }
}

describe('a queue of one source', () => {
  for (const policy of ['drop-oldest', 'drop-newest'] as const)
    it(`takes and drops as a plain list does, image for image, under ${policy}`, () => {
      let state = 7
      const random = (below: number): number => {
        state = (state * 1103515245 + 12345) & 0x7fffffff
        return state % below
      }
      const [queue, list] = [queueUnder(policy, 5, 100), oneList(policy, 5, 100)]
      for (let step = 0; step < 2_000; step++)
        if (random(3) === 0) {
          const count = 1 + random(3)
          assert.deepEqual(queue.take(count), list.take(count))
        } else {
          const incoming = item(String(step), 1 + random(60))
          assert.deepEqual(queue.add(incoming), list.add(incoming))
        }
    })
})
