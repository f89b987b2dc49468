import assert from 'node:assert/strict'
import { DataType, VariantArrayType } from 'node-opcua'
import { gapBetween, isAfter, numberedFrom, steps } from '../../../../connect/opcua/image/sequence.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { goodValue } from './fake-connection.ts'

const of = (dataType: DataType, value: unknown) => numberedFrom(goodValue(dataType, value))

describe('a sequence variable', () => {
  it('counts the numbers left out', () => {
    assert.equal(gapBetween(of(DataType.UInt32, 5), of(DataType.UInt32, 6)), 0)
    assert.equal(gapBetween(of(DataType.UInt32, 5), of(DataType.UInt32, 9)), 3)
    assert.equal(gapBetween(of(DataType.Double, 5), of(DataType.Double, 7)), 1)
  })

  it('counts on where the type of the counter begins anew', () => {
    for (const [dataType, end, begin] of [
      [DataType.Byte, 255, 1],
      [DataType.UInt16, 65_535, 1],
      [DataType.Int16, 32_767, -32_767],
      [DataType.UInt32, 4_294_967_295, 1],
    ] as const)
      assert.equal(gapBetween(of(dataType, end), of(dataType, begin)), 1, DataType[dataType])
    const [end, begin] = [of(DataType.UInt64, [0xffffffff, 0xffffffff]), of(DataType.UInt64, [0, 2])]
    assert.equal(steps(end, begin), 3n)
  })

  it('that went back was set to zero: nothing is missed', () => {
    assert.equal(gapBetween(of(DataType.UInt16, 400), of(DataType.UInt16, 0)), 0)
    assert.equal(steps(of(DataType.UInt16, 400), of(DataType.UInt16, 0)), -400n)
    assert.equal(isAfter(of(DataType.UInt16, 400), of(DataType.UInt16, 0)), false)
  })

  it('that counts nothing has no gaps', () => {
    assert.equal(gapBetween(of(DataType.String, '5'), of(DataType.String, '9')), 0)
    assert.equal(gapBetween(of(DataType.Boolean, false), of(DataType.Boolean, true)), 0)
    const [early, late] = [new Date(0), new Date(5000)].map((date) => of(DataType.DateTime, date))
    assert.equal(gapBetween(early!, late!), 0)
    assert.ok(isAfter(early!, late!))
  })

  it('is shown so that JSON can carry it', () => {
    assert.equal(of(DataType.Int64, [0, 7]).shown, 7)
    assert.equal(of(DataType.Int64, [0xffffffff, 0xfffffffe]).shown, -2)
    assert.equal(of(DataType.UInt64, [0xffffffff, 0xffffffff]).shown, '18446744073709551615')
    assert.equal(of(DataType.DateTime, new Date(0)).shown, '1970-01-01T00:00:00.000Z')
    assert.equal(of(DataType.LocalizedText, { text: 'part 7', locale: 'en' }).shown, 'part 7')
    assert.equal(of(DataType.Boolean, true).shown, true)
  })

  it('that is an array is refused', () => {
    const array = goodValue(DataType.Int32, Int32Array.of(1, 2))
    array.value.arrayType = VariantArrayType.Array
    assert.throws(
      () => numberedFrom(array),
      (thrown) => isCodedError(thrown, 'OPCUA_IMAGE_TYPE'),
    )
  })
})
