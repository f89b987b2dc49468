import assert from 'node:assert/strict'
import type { EngineStatus } from '../../../engine/index.ts'
import { logChanges } from '../../../nodes/anomalyclip-model/changes.ts'
import type { Node } from '../../../nodes/wiring/index.ts'

describe('the log of a model', () => {
  it('says once that its batches are too large, and again where they are after a restart or even for half of them', () => {
    const lines: unknown[] = []
    const node = { warn: (text: unknown) => lines.push(text) } as unknown as Node
    const log = logChanges(node)
    const say = (smaller: EngineStatus['smaller']) =>
      log({ state: 'ready', loaded: null, restarts: 0, smaller } as unknown as EngineStatus)
    const four = { images: 4, reason: 'ENGINE_INFERENCE: status 413' }
    say(null)
    say(four)
    say({ ...four })
    assert.equal(lines.length, 1)
    assert.match(String(lines[0]), /at most 4 .*413/)
    say({ ...four, images: 2 })
    say(null)
    say(four)
    assert.equal(lines.length, 3)
  })
})
