import { DataType, LocalizedText } from 'node-opcua'
import { codedError, shown } from '../../../errors/index.ts'

/**
 * One value as node-opcua takes it for a data type: what fits is converted, what does not is an error, never something else
 * on the other side. A score of 0.7 has no place in an Int16.
 * @throws OPCUA_TYPE
 */
export const toScalar = (value: unknown, dataType: DataType, nodeId: string): unknown => {
  const converted = CONVERSIONS[dataType as keyof typeof CONVERSIONS]?.(value)
  if (converted !== undefined) return converted
  throw codedError(
    'OPCUA_TYPE',
    `${shown(value)} cannot be written to ${nodeId}, which is ${DataType[dataType] ?? `of data type ${dataType}`}. Choose a variable of another type.`,
  )
}

type Conversion = (value: unknown) => unknown

const whole =
  (min: number, max: number): Conversion =>
  (value) => {
    const number = typeof value === 'boolean' ? Number(value) : value
    return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined
  }

/** 64 bits as node-opcua has them: the upper half, the lower half. */
const halves =
  (min: bigint, max: bigint): Conversion =>
  (value) => {
    const number =
      typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))
        ? BigInt(value)
        : value
    if (typeof number !== 'bigint' || number < min || number > max) return undefined
    const bits = BigInt.asUintN(64, number)
    return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)]
  }

const real =
  (largest: number): Conversion =>
  (value) =>
    typeof value === 'number' && (!Number.isFinite(value) || Math.abs(value) <= largest) ? value : undefined

/** IEEE 754 binary32: the largest finite number. */
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127

const CONVERSIONS = {
  [DataType.Boolean]: (value) => (typeof value === 'boolean' ? value : undefined),
  [DataType.SByte]: whole(-0x80, 0x7f),
  [DataType.Byte]: whole(0, 0xff),
  [DataType.Int16]: whole(-0x8000, 0x7fff),
  [DataType.UInt16]: whole(0, 0xffff),
  [DataType.Int32]: whole(-0x8000_0000, 0x7fff_ffff),
  [DataType.UInt32]: whole(0, 0xffff_ffff),
  [DataType.Int64]: halves(-(2n ** 63n), 2n ** 63n - 1n),
  [DataType.UInt64]: halves(0n, 2n ** 64n - 1n),
  [DataType.Float]: real(LARGEST_FLOAT),
  [DataType.Double]: real(Number.MAX_VALUE),
  [DataType.String]: (value) => (typeof value === 'string' ? value : undefined),
  [DataType.LocalizedText]: (value) =>
    typeof value === 'string' ? new LocalizedText({ text: value }) : undefined,
  [DataType.DateTime]: (value) =>
    value instanceof Date && Number.isFinite(value.getTime()) ? value : undefined,
  [DataType.ByteString]: (value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined,
} as const satisfies Partial<Record<DataType, Conversion>>
