import assert from 'node:assert/strict'
import { DataType, type DataValue, StatusCodes } from 'node-opcua'
import { changeAnnouncer, triggerAnnouncer } from '../../../../connect/opcua/image/announcer.ts'
import type { TriggerRule } from '../../../../connect/opcua/image/index.ts'
import { numberedFrom } from '../../../../connect/opcua/image/sequence.ts'
import { keyOf } from '../../../../connect/opcua/image/watch.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { goodValue, withStatus } from './fake-connection.ts'

const uint = (value: number) => goodValue(DataType.UInt16, value)
const bool = (value: boolean) => goodValue(DataType.Boolean, value)

/** Which of the values announce an image. */
const fired = (rule: TriggerRule, values: readonly DataValue[], atStart = false): unknown[] => {
  const { look } = triggerAnnouncer(rule, atStart)
  return values.filter((value) => look(value) !== null).map((value) => value.value.value)
}

describe('a trigger variable', () => {
  it('announces with any change, and not with the same value again', () => {
    assert.deepEqual(fired('change', [uint(5), uint(5), uint(6), uint(6), uint(3)]), [6, 3])
    const text = (value: string) => goodValue(DataType.String, value)
    assert.deepEqual(fired('change', [text('a'), text('b'), text('b')]), ['b'])
  })

  it('announces with the rising edge of a Boolean', () => {
    assert.deepEqual(fired('rising', [bool(false), bool(true), bool(true), bool(false), bool(true)]), [
      true,
      true,
    ])
    assert.deepEqual(fired('rising', [bool(true), bool(false)]), [])
  })

  it('announces with an increase, also over the end of its type, and not when it is set to zero', () => {
    assert.deepEqual(fired('increase', [uint(5), uint(6), uint(0), uint(1)]), [6, 1])
    assert.deepEqual(fired('increase', [uint(65_535), uint(0)]), [0])
  })

  it('announces the image that is there at the start where that is wanted', () => {
    for (const rule of ['change', 'increase'] as const) assert.deepEqual(fired(rule, [uint(5)], true), [5])
    assert.deepEqual(fired('rising', [bool(false)], true), [false])
  })

  it('announces once more what was undone, and counts from what came before it', () => {
    const { look } = triggerAnnouncer('change', false)
    look(uint(5))
    look(uint(6))?.undo()
    assert.equal(look(uint(6))?.missed, 0)
    look(uint(7))?.undo()
    assert.equal(look(uint(9))?.missed, 2)
  })

  it('counts what was left out, and stays silent about what was dealt with ahead', () => {
    const { look, skipTo } = triggerAnnouncer('change', false)
    look(uint(5))
    assert.equal(look(uint(8))?.missed, 2)
    assert.equal(skipTo(numberedFrom(uint(11))), 2)
    assert.equal(look(uint(9)), null)
    assert.equal(look(uint(10)), null)
    assert.equal(look(uint(11)), null)
    assert.equal(look(uint(12))?.missed, 0)
  })

  it('whose values ahead never come goes on all the same', () => {
    const { look, skipTo } = triggerAnnouncer('change', false)
    look(uint(5))
    skipTo(numberedFrom(uint(8)))
    assert.equal(look(uint(10))?.missed, 1)
    assert.notEqual(look(uint(7)), null)
  })

  it('that does not fit its rule is refused', () => {
    for (const [rule, value] of [
      ['rising', uint(1)],
      ['increase', bool(true)],
      ['increase', goodValue(DataType.String, '1')],
    ] as const)
      assert.throws(
        () => triggerAnnouncer(rule, false).look(value),
        (thrown) => isCodedError(thrown, 'OPCUA_IMAGE_TYPE'),
      )
  })

  it('with a bad status is an error, and one that has no value yet is waited for', () => {
    const { look } = triggerAnnouncer('change', false)
    assert.equal(look(withStatus(StatusCodes.BadWaitingForInitialData)), null)
    assert.throws(
      () => look(withStatus(StatusCodes.BadSensorFailure)),
      (thrown) => isCodedError(thrown, 'OPCUA_IMAGE_BAD'),
    )
  })
})

describe('an image that announces itself', () => {
  const taken = (ms: number | null, bytes: Buffer | null = Buffer.of(1)) =>
    goodValue(DataType.ByteString, bytes, { sourceTimestamp: ms === null ? null : new Date(ms) })

  it('is new when its source timestamp is another', () => {
    const { look } = changeAnnouncer(keyOf('variable'), false)
    assert.deepEqual(
      [1, 1, 2, 2, 1].map((ms) => look(taken(ms)) !== null),
      [false, false, true, false, true],
    )
  })

  it('is new each time where the server gives no timestamp', () => {
    const { look } = changeAnnouncer(keyOf('variable'), false)
    assert.deepEqual(
      [null, null, null].map((ms) => look(taken(ms)) !== null),
      [false, true, true],
    )
  })

  it('is read at the start where that is wanted', () => {
    assert.notEqual(changeAnnouncer(keyOf('variable'), true).look(taken(1)), null)
  })

  it('is new when there was none before, also at the start', () => {
    for (const none of [withStatus(StatusCodes.BadIndexRangeNoData), taken(0, null)]) {
      const { look } = changeAnnouncer(keyOf('variable'), false)
      assert.equal(look(none), null)
      assert.notEqual(look(taken(1)), null)
      assert.equal(look(none), null)
      assert.equal(look(taken(1)), null)
    }
  })

  it('as a file is new when its LastModifiedTime or Size has another value', () => {
    const { look } = changeAnnouncer(keyOf('file'), false)
    const modified = (ms: number) => goodValue(DataType.DateTime, new Date(ms))
    assert.deepEqual(
      [1, 1, 2].map((ms) => look(modified(ms)) !== null),
      [false, false, true],
    )
  })
})
