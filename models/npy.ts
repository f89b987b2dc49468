import { codedError } from '../errors/index.ts'

/** Longest header read: NumPy writes 128 bytes for any array with up to a dozen dimensions. */
const MAX_HEADER_BYTES = 65_536
const MAGIC = Buffer.from('\x93NUMPY', 'latin1')

/** An array of a .npy file: row-major (C order). */
export interface NpyArray {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1)

/**
 * An array as a .npy file: format version 1.0, little-endian float32, C order.
 * @param data row-major values; as many as the shape's lengths multiply to, else NPY_FORMAT
 * @example encodeNpy(Float32Array.of(1, 2), [1, 2]) // numpy.load gives array([[1., 2.]], dtype=float32)
 * Source: NumPy Enhancement Proposal 1 (NEP 1), "A Simple File Format for NumPy Arrays".
 */
export const encodeNpy = (data: Float32Array, shape: readonly number[]): Buffer => {
  if (countOf(shape) !== data.length)
    throw codedError(
      'NPY_FORMAT',
      `${data.length} values were given for the shape [${shape.join(', ')}], which holds ${countOf(shape)}. ` +
        'Pass the shape that the values have.',
    )
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`
  // NEP 1: the header ends with a line feed and is padded with spaces so that the data starts at a multiple of 64.
  const headerBytes = Math.ceil((dictionary.length + 1 + 10) / 64) * 64 - 10
  const file = Buffer.alloc(10 + headerBytes + data.length * 4)
  MAGIC.copy(file)
  file.writeUInt8(1, 6)
  file.writeUInt16LE(headerBytes, 8)
  file.write(`${dictionary.padEnd(headerBytes - 1)}\n`, 10, 'latin1')
  const values = new DataView(file.buffer, file.byteOffset + 10 + headerBytes, data.length * 4)
  for (let i = 0; i < data.length; i++) values.setFloat32(i * 4, data[i]!, true)
  return file
}

/**
 * Reads a .npy file of little-endian float32 in C order, format versions 1 to 3.
 * Throws NPY_FORMAT for any other file, saying what it found.
 */
export const decodeNpy = (file: Uint8Array): NpyArray => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC))
    throw damaged('it does not start with "\\x93NUMPY"')
  const version = bytes.readUInt8(6)
  if (version < 1 || version > 3) throw damaged(`it is of format version ${version}, and 1 to 3 are known`)
  // NEP 1: version 1 has a two-byte header length, later versions four bytes.
  const headerStart = version === 1 ? 10 : 12
  const headerBytes = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  if (headerBytes > MAX_HEADER_BYTES || headerStart + headerBytes > bytes.length)
    throw damaged(`it announces a header of ${headerBytes} bytes in a file of ${bytes.length}`)

  const header = bytes.toString('latin1', headerStart, headerStart + headerBytes)
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1]
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1]
  const tuple = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (descr !== '<f4' || order !== 'False' || tuple === undefined)
    throw damaged(`its header is ${header.trim()}; '<f4', 'fortran_order': False and a shape are expected`)

  const shape = tuple.split(',').flatMap((length) => (length.trim() === '' ? [] : [Number(length)]))
  const values = bytes.subarray(headerStart + headerBytes)
  const count = countOf(shape)
  if (values.length !== count * 4)
    throw damaged(
      `its shape [${shape.join(', ')}] needs ${count * 4} bytes of values and ${values.length} follow`,
    )
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  return { shape, data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true)) }
}

const damaged = (found: string) =>
  codedError(
    'NPY_FORMAT',
    `This is not a .npy file that can be read: ${found}. Write it again, from NumPy with ` +
      'numpy.save(file, array.astype("<f4", order="C")).',
  )
