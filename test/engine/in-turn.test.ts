import assert from 'node:assert/strict'
import { inTurn } from '../../engine/in-turn.ts'

describe('work in turn', () => {
  it('begins when what came before has ended, also where that has failed', async () => {
    const takeTurn = inTurn()
    const log: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = takeTurn(async () => {
      await gate.promise
      log.push('first')
      throw new Error('first')
    })
    const second = takeTurn(async () => log.push('second'))
    gate.resolve()
    await assert.rejects(first, /first/)
    await second
    assert.deepEqual(log, ['first', 'second'])
  })
})
