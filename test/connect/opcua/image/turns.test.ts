import assert from 'node:assert/strict'
import { takeTurns } from '../../../../connect/opcua/image/turns.ts'

/** Reads that end when the test says so. */
const slowReads = () => {
  const started: (string | null)[] = []
  const ends: PromiseWithResolvers<string>[] = []
  const read = (announcement: string | null): Promise<string> => {
    started.push(announcement)
    const end = Promise.withResolvers<string>()
    ends.push(end)
    return end.promise
  }
  return {
    started,
    read,
    end: (index: number, result = '') => ends[index]!.resolve(result),
    fail: (index: number) => ends[index]!.reject(new Error('no')),
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

describe('reads in turn', () => {
  it('are one at a time, and the newest announcement takes the place of the one that waits', async () => {
    const { started, read, end } = slowReads()
    const turns = takeTurns(read)
    assert.equal(turns.announce('1'), null)
    await settled()
    assert.equal(turns.announce('2'), null)
    assert.equal(turns.announce('3'), '2')
    await settled()
    assert.deepEqual(started, ['1'])
    end(0)
    await settled()
    assert.deepEqual(started, ['1', '3'])
    end(1)
    await settled()
    assert.deepEqual(started, ['1', '3'])
  })

  it('begin once everything that was announced together is there', async () => {
    const { started, read } = slowReads()
    const turns = takeTurns(read)
    turns.announce('1')
    assert.equal(turns.announce('2'), '1')
    await settled()
    assert.deepEqual(started, ['2'])
  })

  it('give all who asked during one read the next one', async () => {
    const { started, read, end } = slowReads()
    const turns = takeTurns(read)
    const first = turns.ask()
    await settled()
    const others = [turns.ask(), turns.ask()]
    end(0, 'old')
    assert.equal(await first, 'old')
    await settled()
    end(1, 'new')
    assert.deepEqual(await Promise.all(others), ['new', 'new'])
    assert.deepEqual(started, [null, null])
  })

  it('go on after one that failed', async () => {
    const { started, read, end, fail } = slowReads()
    const turns = takeTurns(read)
    turns.announce('1')
    await settled()
    const asked = turns.ask()
    fail(0)
    await settled()
    end(1, 'fine')
    assert.equal(await asked, 'fine')
    assert.deepEqual(started, ['1', null])
  })

  it('end when they are closed: who waits is told why, and the one under way is waited for', async () => {
    const { started, read, end } = slowReads()
    const turns = takeTurns(read)
    turns.announce('1')
    await settled()
    turns.announce('2')
    const asked = assert.rejects(turns.ask(), /closed/)
    let closed = false
    const closing = turns.close(new Error('closed')).then(() => {
      closed = true
    })
    await asked
    assert.equal(closed, false)
    end(0)
    await closing
    assert.deepEqual(started, ['1'])
    await assert.rejects(turns.ask(), /closed/)
  })
})
