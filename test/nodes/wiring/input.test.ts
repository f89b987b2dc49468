import assert from 'node:assert/strict'
import { codedError, isCodedError } from '../../../errors/index.ts'
import { inOrder, type Message, onInput, whenConfigured } from '../../../nodes/wiring/index.ts'
import { closeNode, deliver, fakeNode } from '../fakes.ts'

describe('the input of a node', () => {
  it('sends what the handler returns and is done without an error', async () => {
    const node = fakeNode()
    onInput(node, (msg) => ({ ...msg, seen: true }))
    const { sent, error } = await deliver(node, { payload: 1 })
    assert.deepEqual(sent, [{ payload: 1, seen: true }])
    assert.equal(error, undefined)
  })

  it('sends nothing for null and is still done', async () => {
    const node = fakeNode()
    onInput(node, () => null)
    assert.deepEqual(await deliver(node, {}), { sent: [], error: undefined })
  })

  it('sends synchronously when the handler is synchronous, so that messages keep their order', () => {
    const node = fakeNode()
    const order: string[] = []
    onInput(node, (msg) => msg)
    node.emit(
      'input',
      {},
      () => order.push('send'),
      () => order.push('done'),
    )
    assert.deepEqual(order, ['send', 'done'])
  })

  it('passes a coded error on as it is, thrown or rejected', async () => {
    for (const handler of [
      () => {
        throw codedError('NODE_CONFIG', 'x')
      },
      () => Promise.reject(codedError('NODE_CONFIG', 'x')),
    ]) {
      const node = fakeNode()
      onInput(node, handler)
      const { error } = await deliver(node, {})
      assert.ok(isCodedError(error, 'NODE_CONFIG'))
    }
  })

  it('gives an error without a code of ours NODE_UNEXPECTED and keeps the cause', async () => {
    const node = fakeNode()
    const cause = new RangeError('out of it')
    onInput(node, () => Promise.reject(cause))
    const { error } = await deliver(node, {})
    assert.ok(isCodedError(error, 'NODE_UNEXPECTED'))
    assert.equal(error.cause, cause)
  })

  it('reports a failing send instead of throwing into the runtime', async () => {
    const node = fakeNode()
    onInput(node, (msg) => msg)
    const error = await new Promise((resolve) => {
      const send = () => {
        throw new Error('wire cut')
      }
      node.emit('input', {}, send, resolve)
    })
    assert.ok(isCodedError(error, 'NODE_UNEXPECTED'))
  })

  it('keeps what a failing done throws away from the runtime', async () => {
    const node = fakeNode()
    onInput(node, async (msg) => msg)
    const done = () => {
      throw new Error('hook failed')
    }
    node.emit('input', {}, () => {}, done)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(node.errors.length, 1)
  })

  it("uses the node's own send and error where the runtime hands none over", () => {
    const node = fakeNode()
    onInput(node, (msg) => {
      if (msg.payload === 'bad') throw codedError('NODE_CONFIG', 'x')
      return msg
    })
    node.emit('input', { payload: 'good' })
    const bad = { payload: 'bad' }
    node.emit('input', bad)
    assert.deepEqual(node.sent, [{ payload: 'good' }])
    assert.equal(node.errors.length, 1)
    assert.equal(node.errors[0]?.msg, bad)
  })

  it('aborts running handlers when the node closes and sends nothing after that', async () => {
    const node = fakeNode()
    onInput(
      node,
      (msg, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(msg), { once: true })),
    )
    const delivery = deliver(node, { payload: 1 })
    await closeNode(node)
    assert.deepEqual(await delivery, { sent: [], error: undefined })
  })

  it('keeps quiet about handlers that fail because the node closes', async () => {
    const node = fakeNode()
    onInput(
      node,
      (_msg, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
    )
    const delivery = deliver(node, {})
    await closeNode(node)
    assert.equal((await delivery).error, undefined)
  })

  it('of a wrongly configured node shows red and answers every message with the error', async () => {
    const node = fakeNode()
    onInput(
      node,
      whenConfigured(node, () => {
        throw codedError('NODE_CONFIG', '"score" is 7')
      }),
    )
    assert.equal(node.statuses.at(-1)?.fill, 'red')
    assert.equal(node.errors.length, 1)
    for (const payload of [1, 2]) {
      const { sent, error } = await deliver(node, { payload })
      assert.deepEqual(sent, [])
      assert.ok(isCodedError(error, 'NODE_CONFIG'))
    }
  })
})

describe('a handler in order', () => {
  it('lets results and errors out as the messages came, while the work overlaps', async () => {
    const node = fakeNode()
    const work = new Map<unknown, PromiseWithResolvers<Message>>()
    onInput(
      node,
      inOrder((msg) => {
        const one = Promise.withResolvers<Message>()
        work.set(msg.payload, one)
        return one.promise
      }),
    )
    const order: unknown[] = []
    const all = [1, 2, 3].map((payload) =>
      deliver(node, { payload }).then(({ sent, error }) => order.push(error ? 'error' : sent[0])),
    )
    assert.deepEqual([...work.keys()], [1, 2, 3])
    work.get(3)!.resolve({ payload: 3 })
    work.get(2)!.reject(codedError('NODE_CONFIG', 'x'))
    await new Promise((later) => setImmediate(later))
    assert.deepEqual(order, [])
    work.get(1)!.resolve({ payload: 1 })
    await Promise.all(all)
    assert.deepEqual(order, [{ payload: 1 }, 'error', { payload: 3 }])
  })
})
