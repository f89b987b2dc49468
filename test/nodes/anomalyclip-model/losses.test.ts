import assert from 'node:assert/strict'
import type { EngineStatus } from '../../../engine/index.ts'
import { logLosses } from '../../../nodes/anomalyclip-model/losses.ts'
import { fakeNode } from '../fakes.ts'

const setUp = () => {
  const node = fakeNode()
  const lines: unknown[] = []
  node.log = (line: unknown) => void lines.push(line)
  const listen = logLosses(node)
  const lost = (droppedBySource: Record<string, number>) =>
    listen({ droppedBySource } as unknown as EngineStatus)
  return { lines, lost, close: () => node.emit('close') }
}

describe('images that the queue has given up', () => {
  it('are told by source, most first, and those told before not again', () => {
    const { lines, lost, close } = setUp()
    lost({ 'camera/1': 2 })
    lost({ 'camera/1': 5, 'camera/2': 7, '': 1 })
    assert.deepEqual(lines, [], 'not more than once a minute')
    close()
    lost({ 'camera/1': 5, 'camera/2': 8, '': 1 })
    close()
    assert.deepEqual(lines, [
      'images given up by the queue: camera/2 7, camera/1 5, no source 1',
      'images given up by the queue: camera/2 1',
    ])
  })

  it('are counted anew of a model that has been replaced', () => {
    const { lines, lost, close } = setUp()
    lost({ a: 9 })
    close()
    lost({ a: 2 })
    close()
    assert.deepEqual(lines, ['images given up by the queue: a 9', 'images given up by the queue: a 2'])
  })

  it('are named of ten sources at most, and none where there are none', () => {
    const { lines, lost, close } = setUp()
    lost({})
    close()
    lost(Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`c${i}`, 13 - i])))
    close()
    assert.equal(lines.length, 1)
    assert.match(String(lines[0]), /c0 13.*c9 4, and 3 more$/)
  })
})
