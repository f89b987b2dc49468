import assert from 'node:assert/strict'
import { DataType, DataValue, StatusCodes, Variant, VariantArrayType } from 'node-opcua'
import { acknowledgements } from '../../../../connect/opcua/result/acknowledgements.ts'
import { plcValue } from '../../../../connect/opcua/result/plc-values.ts'
import { encoderFor } from '../../../../connect/opcua/result/scalars.ts'
import type { BoxSignal } from '../../../../connect/opcua/result/signals.ts'
import { isCodedError } from '../../../../errors/index.ts'

const encoded = (signal: BoxSignal, type: DataType | null, value: number | boolean): unknown => {
  const variant = encoderFor(signal, type)(value)
  // As it would go over the wire.
  assert.ok(variant.isValid())
  return variant.value
}
const refused = (signal: BoxSignal, type: DataType): void =>
  assert.throws(
    () => encoderFor(signal, type),
    (error: unknown) => isCodedError(error, 'OPCUA_TYPE'),
  )

describe('signals of the box in the types of a PLC', () => {
  it('flags are Boolean, or 0 and 1 in whole numbers', () => {
    assert.equal(encoded('resultsValid', DataType.Boolean, true), true)
    for (const type of [DataType.SByte, DataType.Byte, DataType.Int16, DataType.UInt32])
      assert.deepEqual([encoded('busy', type, true), encoded('busy', type, false)], [1, 0])
    refused('resultsValid', DataType.Float)
    refused('resultsValid', DataType.String)
  })

  it('a score is never rounded into a whole number', () => {
    assert.equal(encoded('score', DataType.Double, 0.25), 0.25)
    assert.equal(encoded('threshold', DataType.String, 0.25), '0.25')
    for (const type of [DataType.Int16, DataType.UInt32, DataType.Int64, DataType.Boolean])
      refused('score', type)
  })

  it('a count goes on from 1 in a smaller type, never through 0', () => {
    for (const [count, written] of [
      [0, 0],
      [1, 1],
      [65535, 65535],
      [65536, 1],
      [131070, 65535],
      [131071, 1],
    ] as const)
      assert.equal(encoded('acquisitionId', DataType.UInt16, count), written)
    assert.equal(encoded('acquisitionId', DataType.UInt32, 0xffff_ffff), 0xffff_ffff)
    assert.deepEqual(encoded('acquisitionId', DataType.UInt64, 0xffff_ffff), [0, 0xffff_ffff])
    assert.equal(encoded('missedAcquisitions', DataType.Float, 2 ** 24 + 1), 1)
    refused('acquisitionId', DataType.Boolean)
  })

  it('an error number has to fit, or would be another', () => {
    assert.equal(encoded('errorCode', DataType.Int16, 900), 900)
    refused('errorCode', DataType.Byte)
    assert.equal(encoded('level', DataType.Byte, 4), 4)
  })

  it('a heartbeat begins anew at the end of its type, and a Boolean toggles', () => {
    assert.deepEqual(
      [65535, 65536].map((beat) => encoded('heartbeat', DataType.UInt32, beat)),
      [65535, 0],
    )
    assert.deepEqual(
      [255, 256].map((beat) => encoded('heartbeat', DataType.Byte, beat)),
      [255, 0],
    )
    assert.deepEqual(
      [1, 2].map((beat) => encoded('heartbeat', DataType.Boolean, beat)),
      [true, false],
    )
    refused('heartbeat', DataType.Float)
  })

  it('where the server leaves the type open, it is what a PLC would declare', () => {
    assert.equal(encoderFor('score', null)(0.5).dataType, DataType.Float)
    assert.equal(encoderFor('busy', null)(true).dataType, DataType.Boolean)
    assert.equal(encoderFor('acquisitionId', null)(1).dataType, DataType.UInt32)
  })
})

describe('signals of the PLC', () => {
  const held = (dataType: DataType, value: unknown, arrayType = VariantArrayType.Scalar): DataValue =>
    new DataValue({ value: new Variant({ dataType, value, arrayType }) })

  it('are true where they are not 0', () => {
    assert.equal(plcValue('trigger', held(DataType.Boolean, true)), true)
    assert.equal(plcValue('trigger', held(DataType.Int16, -1)), true)
    assert.equal(plcValue('trigger', held(DataType.UInt64, [0, 0])), false)
    assert.throws(() => plcValue('trigger', held(DataType.String, 'true')), /String/)
  })

  it('a job is any number or text', () => {
    assert.equal(plcValue('jobId', held(DataType.String, 'nut')), 'nut')
    assert.equal(plcValue('jobId', held(DataType.String, null)), '')
    assert.equal(plcValue('jobId', held(DataType.Int32, -7)), '-7')
    assert.equal(plcValue('jobId', held(DataType.UInt64, [1, 0])), '4294967296')
    assert.equal(plcValue('jobId', held(DataType.Int64, [0xffff_ffff, 0xffff_ffff])), '-1')
    assert.equal(plcValue('jobId', held(DataType.String, 'n'.repeat(254))), 'n'.repeat(254))
    assert.throws(() => plcValue('jobId', held(DataType.String, 'n'.repeat(255))), /255 characters/)
    assert.throws(() => plcValue('jobId', held(DataType.Int16, [1, 2], VariantArrayType.Array)), /array/)
  })

  it('a bad status is no value', () => {
    assert.throws(
      () => plcValue('trigger', new DataValue({ statusCode: StatusCodes.BadSensorFailure })),
      /BadSensorFailure/,
    )
  })
})

describe('acknowledgements', () => {
  const MAPPING = { Trigger: 'i=1', ResultsAck: 'i=2', ClearError: 'i=3', ResultsValid: 'i=4', Error: 'i=5' }
  const shown = { resultsValid: true, error: false, acquisitionId: 7 }
  const signalsWith = (signals: object) =>
    signals as Parameters<ReturnType<typeof acknowledgements>['admit']>[1]

  it('count for what the PLC can have seen', () => {
    const gate = acknowledgements(MAPPING, (id) => id === 7)
    assert.equal(gate.admit({ resultsAck: true }, signalsWith(shown)).resultsAck, true)
    assert.equal(gate.isHolding(), false)
  })

  it('do not count for what was never shown, and hold it back until they fall', () => {
    const gate = acknowledgements(MAPPING, () => false)
    assert.equal(gate.admit({ resultsAck: true }, signalsWith(shown)).resultsAck, false)
    assert.equal(gate.isHolding(), true)
    assert.equal(gate.admit({ jobId: 'x' }, signalsWith(shown)).resultsAck, false)
    gate.admit({ resultsAck: false }, signalsWith(shown))
    assert.equal(gate.isHolding(), false)
  })

  it('clear errors, too, where there is no node for ClearError', () => {
    const { ClearError, ...mapping } = MAPPING
    const { clearError } = acknowledgements(mapping, () => true).admit(
      { resultsAck: true },
      signalsWith(shown),
    )
    assert.equal(clearError, true, ClearError)
  })

  it('triggers are wanted where there is no node for TriggerEnable', () => {
    assert.equal(acknowledgements(MAPPING, () => true).admit({}, signalsWith(shown)).triggerEnable, true)
  })
})
