import assert from 'node:assert/strict'
import { sideBySide } from '../../../engine/process/side-by-side.ts'
import type { FromProcess } from '../../../engine/protocol.ts'

const error = (id: number): FromProcess => ({ type: 'error', id, error: { code: '', message: '' } })
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('batches side by side', () => {
  it('are all begun at once, and answered in the order in which they came', async () => {
    const said: number[] = []
    const inspectBeside = sideBySide((message) => said.push('id' in message ? message.id : -1))
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const begun: number[] = []
    const all = [first, second].map(({ promise }, index) =>
      inspectBeside(async (answer) => {
        begun.push(index)
        answer(error(index * 10))
        await promise
        answer(error(index * 10 + 1))
      }),
    )
    await settle()
    assert.deepEqual(begun, [0, 1])
    // The first of the first batch need not wait for the others of it.
    assert.deepEqual(said, [0])
    second.resolve()
    await settle()
    assert.deepEqual(said, [0])
    first.resolve()
    await Promise.all(all)
    assert.deepEqual(said, [0, 1, 10, 11])
  })

  it('that come when the others are done are answered at once', async () => {
    const said: number[] = []
    const inspectBeside = sideBySide((message) => said.push('id' in message ? message.id : -1))
    for (const id of [1, 2]) await inspectBeside(async (answer) => answer(error(id)))
    assert.deepEqual(said, [1, 2])
  })
})
