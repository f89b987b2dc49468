import { DataType, type DataValue, VariantArrayType } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import type { Sequence } from './types.ts'
import { typeOf } from './value.ts'

/** A value of a trigger variable, comparable. */
export interface Numbered {
  readonly shown: Sequence
  readonly dataType: string
  /** Null unless it is a whole number. */
  readonly integer: bigint | null
  /** Width of the type, where a counter begins anew; null where there is none to speak of (Double). */
  readonly bits: number | null
}

/** Width of the integer types (Part 6 §5.2.2.2). */
const BITS: ReadonlyMap<DataType, number> = new Map([
  [DataType.SByte, 8],
  [DataType.Byte, 8],
  [DataType.Int16, 16],
  [DataType.UInt16, 16],
  [DataType.Int32, 32],
  [DataType.UInt32, 32],
  [DataType.Int64, 64],
  [DataType.UInt64, 64],
])

/**
 * What a trigger variable says.
 * @throws OPCUA_IMAGE_TYPE when it is an array
 */
export const numberedFrom = (dataValue: DataValue): Numbered => {
  const { dataType, arrayType }: { dataType: DataType; arrayType: VariantArrayType } = dataValue.value
  const value: unknown = dataValue.value.value
  const isWord64 = dataType === DataType.Int64 || dataType === DataType.UInt64
  if (arrayType !== VariantArrayType.Scalar)
    throw codedError(
      'OPCUA_IMAGE_TYPE',
      `the trigger variable holds ${typeOf(dataValue)}, expected a single value. Choose a variable such as a frame counter.`,
    )
  const integer = isWord64 ? word64(value, dataType) : wholeNumber(value)
  return {
    shown: integer === null ? shownAs(value) : asNumber(integer),
    dataType: typeOf(dataValue),
    integer,
    bits: BITS.get(dataType) ?? null,
  }
}

/**
 * How far a counter has come from one value to the next, negative when it went back. A counter that reaches the end of its
 * type begins anew: of the two ways round, the shorter one is taken. Null where nothing is counted.
 * @example steps(UInt16 65_535, UInt16 1) // 2
 */
export const steps = (from: Numbered, to: Numbered): bigint | null => {
  if (from.integer === null || to.integer === null) return null
  const difference = to.integer - from.integer
  return to.bits === null || from.bits !== to.bits ? difference : BigInt.asIntN(to.bits, difference)
}

/** Numbers never announced between two values; none where a counter went back, as after a restart of the PLC. */
export const gapBetween = (from: Numbered, to: Numbered): number => {
  const count = steps(from, to)
  return count === null || count < 2n ? 0 : Number(count - 1n)
}

/** Whether a value lies after another: counters by their steps, other numbers and times by their order. */
export const isAfter = (from: Numbered, to: Numbered): boolean => {
  const count = steps(from, to)
  if (count !== null) return count > 0n
  return from.shown !== null && to.shown !== null && to.shown > from.shown
}

/** node-opcua gives 64 bits as [high, low], both unsigned. */
const word64 = (value: unknown, dataType: DataType): bigint | null => {
  if (!Array.isArray(value)) return wholeNumber(value)
  const bits = (BigInt(Number(value[0]) >>> 0) << 32n) | BigInt(Number(value[1]) >>> 0)
  return dataType === DataType.Int64 ? BigInt.asIntN(64, bits) : bits
}

const wholeNumber = (value: unknown): bigint | null =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)) ? BigInt(value) : null

const asNumber = (integer: bigint): Sequence =>
  Number.isSafeInteger(Number(integer)) ? Number(integer) : String(integer)

const shownAs = (value: unknown): Sequence => {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'object' && 'text' in value) return String(value.text)
  return String(value)
}
