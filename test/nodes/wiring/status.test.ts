import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { statusOf } from '../../../nodes/wiring/index.ts'
import { closeNode, fakeNode } from '../fakes.ts'

describe('the status of a node', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  const texts = (node: ReturnType<typeof fakeNode>) => node.statuses.map((status) => status.text)

  it('shows the first at once and the last of a burst half a second later', () => {
    const node = fakeNode()
    const show = statusOf(node)
    for (let i = 0; i < 100; i++) show({ text: `${i}` })
    assert.deepEqual(texts(node), ['0'])
    mock.timers.tick(500)
    assert.deepEqual(texts(node), ['0', '99'])
  })

  it('changes at most twice a second however often it is told', () => {
    const node = fakeNode()
    const show = statusOf(node)
    for (let i = 0; i < 100; i++) {
      show({ text: `${i}` })
      mock.timers.tick(20)
    }
    assert.ok(node.statuses.length <= 5, `${node.statuses.length} changes in 2 s`)
  })

  it('is not sent again while it stays the same', () => {
    const node = fakeNode()
    const show = statusOf(node)
    for (const text of ['a', 'a', 'b', 'a', 'a']) {
      show({ text })
      mock.timers.tick(500)
    }
    assert.deepEqual(texts(node), ['a', 'b', 'a'])
  })

  it('stays under 20 characters', () => {
    const node = fakeNode()
    statusOf(node)({ text: 'a text that is much longer than a status may be' })
    assert.equal(texts(node)[0], 'a text that is muc…')
  })

  it('shows nothing after the node has closed', async () => {
    const node = fakeNode()
    const show = statusOf(node)
    show({ text: 'a' })
    show({ text: 'b' })
    await closeNode(node)
    show({ text: 'c' })
    mock.timers.tick(5_000)
    assert.deepEqual(texts(node), ['a'])
  })
})
