import assert from 'node:assert/strict'
import { isCodedError } from '../../../errors/index.ts'
import { type Message, readProperty, readText } from '../../../nodes/wiring/index.ts'
import { fakeNode, fakeRuntime } from '../fakes.ts'

const { RED } = fakeRuntime()

describe('a typedInput property', () => {
  it('is read from the message, from context and from the node itself', async () => {
    const node = fakeNode()
    node.contextValues.set('frame', 'from context')
    assert.equal(
      await readProperty(RED, node, { type: 'msg', value: 'payload.image' }, { payload: { image: 7 } }),
      7,
    )
    assert.equal(await readProperty(RED, node, { type: 'flow', value: 'frame' }, {}), 'from context')
    assert.equal(await readProperty(RED, node, { type: 'str', value: 'camera 3' }, {}), 'camera 3')
  })

  it('is undefined where a step on the way is missing', async () => {
    assert.equal(await readProperty(RED, fakeNode(), { type: 'msg', value: 'a.b.c' }, {}), undefined)
  })

  it('fails with NODE_PROPERTY when the context store fails', async () => {
    const node = fakeNode()
    node.context = () => {
      throw new Error('no such store')
    }
    await assert.rejects(readProperty(RED, node, { type: 'flow', value: 'x' }, {}), (error) =>
      isCodedError(error, 'NODE_PROPERTY'),
    )
  })

  it('that is to be text gives text, the fallback for nothing, and an error for an object', async () => {
    const read = (topic: unknown) =>
      readText(RED, fakeNode(), { type: 'msg', value: 'topic' }, { topic } as Message, 'fallback')
    assert.equal(await read('line/1'), 'line/1')
    assert.equal(await read(7), '7')
    for (const nothing of [undefined, null, '']) assert.equal(await read(nothing), 'fallback')
    await assert.rejects(read({}), (error) => isCodedError(error, 'NODE_PROPERTY'))
  })
})
