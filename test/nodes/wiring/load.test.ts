import assert from 'node:assert/strict'
import { onInput, whenLoaded } from '../../../nodes/wiring/index.ts'
import type { Message } from '../../../nodes/wiring/types.ts'
import { closeNode, deliver, fakeNode } from '../fakes.ts'

describe('a handler whose code is loaded when it is needed', () => {
  it('answers the messages that came before it was there, in their order', async () => {
    const loaded = Promise.withResolvers<void>()
    const node = fakeNode()
    onInput(
      node,
      whenLoaded(node, async () => {
        await loaded.promise
        return () => (msg) => msg
      }),
    )
    const messages = ['a', 'b', 'c'].map((topic) => ({ topic }) as Message)
    const deliveries = messages.map((msg) => deliver(node, msg))
    loaded.resolve()
    assert.deepEqual(
      (await Promise.all(deliveries)).map(({ sent }) => sent),
      messages.map((msg) => [msg]),
    )
  })

  it('is not made for a node that was closed meanwhile', async () => {
    const loaded = Promise.withResolvers<void>()
    const node = fakeNode()
    let made = 0
    onInput(
      node,
      whenLoaded(node, async () => {
        await loaded.promise
        return () => {
          made++
          return (msg) => msg
        }
      }),
    )
    const delivery = deliver(node, {} as Message)
    await closeNode(node)
    loaded.resolve()
    assert.deepEqual(await delivery, { sent: [], error: undefined })
    assert.equal(made, 0)
  })

  it('that cannot be loaded is said in the log, and every message gets the error', async () => {
    const node = fakeNode()
    onInput(
      node,
      whenLoaded(node, () => Promise.reject(new Error('no such module'))),
    )
    const { error } = await deliver(node, {} as Message)
    assert.match(String(error), /NODE_UNEXPECTED.*no such module/)
    assert.match(String(node.errors[0]?.error), /no such module/)
  })
})
