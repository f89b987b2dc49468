import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { onClose } from '../../../nodes/wiring/index.ts'
import { closeNode, fakeNode } from '../fakes.ts'

describe('closing a node', () => {
  it('waits for what is released and says whether the node was removed', async () => {
    const node = fakeNode()
    const seen: boolean[] = []
    onClose(node, async (removed) => {
      await Promise.resolve()
      seen.push(removed)
    })
    await closeNode(node, true)
    assert.deepEqual(seen, [true])
    assert.deepEqual(node.warnings, [])
  })

  it('ends within five seconds even when the release hangs', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const node = fakeNode()
      onClose(node, () => new Promise(() => {}))
      const closed = closeNode(node)
      mock.timers.tick(5_000)
      await closed
      assert.equal(node.warnings.length, 1)
    } finally {
      mock.timers.reset()
    }
  })

  it('turns a failing release into a warning', async () => {
    const node = fakeNode()
    onClose(node, async () => {
      throw new Error('already gone')
    })
    await closeNode(node)
    assert.match(String(node.warnings[0]), /already gone/)
  })
})
