import assert from 'node:assert/strict'
import { decodeNpy, encodeNpy } from '../../models/npy.ts'

const refused = { code: 'NPY_FORMAT' }

describe('npy files', () => {
  it('are byte for byte what NumPy 2 writes', () => {
    // numpy.save(file, numpy.array([[1.5, -2.0, 0.25]], dtype='<f4'))
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".padEnd(117)
    const values = Buffer.from('0000c03f000000c00000803e', 'hex')
    const expected = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(`${header}\n`),
      values,
    ])
    assert.deepEqual(encodeNpy(Float32Array.of(1.5, -2, 0.25), [1, 3]), expected)
  })

  it('give back the array that was written, for any number of dimensions', () => {
    for (const shape of [[], [5], [2, 3], [2, 1, 4], [0, 7]]) {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 3)
      assert.deepEqual(decodeNpy(encodeNpy(data, shape)), { shape, data })
    }
  })

  it('are read from memory that does not begin at a multiple of four', () => {
    const file = encodeNpy(Float32Array.of(7, 8), [2])
    const shifted = new Uint8Array(file.length + 1)
    shifted.set(file, 1)
    assert.deepEqual([...decodeNpy(shifted.subarray(1)).data], [7, 8])
  })

  it('of format version 2, with a header length of four bytes, are read', () => {
    const first = encodeNpy(Float32Array.of(7), [1])
    const second = Buffer.concat([
      Buffer.from('\x93NUMPY\x02\x00\x76\x00\x00\x00', 'latin1'),
      first.subarray(10),
    ])
    assert.deepEqual(decodeNpy(second), { shape: [1], data: Float32Array.of(7) })
  })

  it('are not written with a shape that the values do not have', () => {
    assert.throws(() => encodeNpy(new Float32Array(5), [2, 3]), refused)
  })

  const valid = encodeNpy(Float32Array.of(1, 2), [2])
  const altered = (change: (file: Buffer) => void): Buffer => {
    const file = Buffer.from(valid)
    change(file)
    return file
  }
  const rewritten = (from: string, to: string): Buffer =>
    altered((file) => file.write(to, file.indexOf(from), 'latin1'))

  /** Version 2 and valid but for its padding. */
  const withHeaderOf = (bytes: number): Buffer => {
    const start = Buffer.from('\x93NUMPY\x02\x00....', 'latin1')
    start.writeUInt32LE(bytes, 8)
    return Buffer.concat([
      start,
      valid.subarray(10, 128),
      Buffer.alloc(bytes - 118, ' '),
      valid.subarray(128),
    ])
  }

  for (const [kind, file] of [
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('PNG and so on, long enough')],
    ['nothing behind its first bytes', valid.subarray(0, 8)],
    ['a header longer than any that NumPy writes', withHeaderOf(70_000)],
    ['an unknown version', altered((file) => file.writeUInt8(4, 6))],
    ['a header longer than the file', altered((file) => file.writeUInt16LE(60_000, 8))],
    ['another data type', rewritten('<f4', '<f8')],
    ['columns first', rewritten('False', 'True ')],
    ['no shape', rewritten('shape', 'shope')],
    ['too few values', valid.subarray(0, -1)],
    ['too many values', Buffer.concat([valid, Buffer.alloc(4)])],
  ] as const)
    it(`with ${kind} are refused`, () => assert.throws(() => decodeNpy(file), refused))
})
