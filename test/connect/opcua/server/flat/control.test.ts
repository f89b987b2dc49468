import assert from 'node:assert/strict'
import type { PlcSignals } from '../../../../../connect/opcua/handshake/index.ts'
import { controlWrites } from '../../../../../connect/opcua/server/flat/control.ts'

describe('values that a PLC writes', () => {
  const setUp = () => {
    const applied: Partial<PlcSignals>[] = []
    const turns: (() => void)[] = []
    const writes = controlWrites(
      (changes) => applied.push(changes),
      (run) => turns.push(run),
    )
    return {
      applied,
      writes,
      endTurn: () => {
        for (const run of turns.splice(0)) run()
      },
    }
  }

  it('count together when they come in one turn', () => {
    const { applied, writes, endTurn } = setUp()
    writes.write('trigger', true)
    writes.write('jobId', 'a')
    assert.deepEqual(applied, [])
    endTurn()
    assert.deepEqual(applied, [{ trigger: true, jobId: 'a' }])
    endTurn()
    assert.equal(applied.length, 1)
  })

  it('count one after the other where the same is written twice', () => {
    const { applied, writes, endTurn } = setUp()
    writes.write('trigger', true)
    writes.write('trigger', false)
    writes.write('jobId', 'a')
    endTurn()
    assert.deepEqual(applied, [{ trigger: true }, { trigger: false, jobId: 'a' }])
  })
})
