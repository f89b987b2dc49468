import assert from 'node:assert/strict'
import { dampened } from '../../../connect/opcua/dampen.ts'

describe('notices that repeat themselves', () => {
  it('come once in a while, with the number of those left out', () => {
    const said: string[] = []
    let now = 0
    const notice = dampened(
      (_level, text) => said.push(text),
      () => now,
    )
    for (let i = 1; i <= 5; i++) notice('warn', `acquisition ${i} is under way`)
    notice('warn', 'something else')
    now = 20_000
    notice('warn', 'acquisition 6 is under way')
    assert.deepEqual(said, [
      'acquisition 1 is under way',
      'something else',
      'acquisition 6 is under way (and 4 more of the kind before)',
    ])
  })
})
