import assert from 'node:assert/strict'
import { checkOperators } from '../../../engine/process/operators.ts'
import type { Device } from '../../../engine/types.ts'
import { PRECISIONS, type PrecisionName } from '../../../models/precision/names.ts'

const DEVICES = ['cpu', 'cuda', 'tensorrt'] satisfies Device[]

describe('the operators of a precision', () => {
  it('are had by every device but those that would leave the linear layers to another one', () => {
    const refused = PRECISIONS.flatMap((precision) =>
      DEVICES.flatMap((device) => {
        try {
          checkOperators({ name: 'm', precision }, device)
          return []
        } catch {
          return [[precision, device]]
        }
      }),
    )
    assert.deepEqual(refused, [
      ['int8', 'cuda'],
      ['int8', 'tensorrt'],
      ['int4', 'tensorrt'],
    ])
  })

  it('that a device does not have are named, with what to build or choose', () => {
    const check = (precision: PrecisionName, device: Device) => () =>
      checkOperators({ name: 'm', precision }, device)
    assert.throws(check('int8', 'cuda'), {
      code: 'MODEL_GPU',
      message: /"m" is int8, and "cuda" does not have DynamicQuantizeMatMul.*--precision fp16, or .* cpu\.$/,
    })
    assert.throws(check('int4', 'tensorrt'), {
      code: 'MODEL_GPU',
      message: /MatMulNBits.*--precision fp16 --attention plain, or choose the device cpu or cuda\.$/,
    })
  })
})
