import { DataType, type DataValue, VariantArrayType } from 'node-opcua'
import { type PlcSignals, QUIET_PLC } from '../handshake/index.ts'

/**
 * The value of a signal of the PLC: what is not 0 is true; a job may be any number, or text of at most 254 characters.
 * @throws what is wrong with the value, for `OPCUA_SIGNAL`
 */
export const plcValue = (signal: keyof PlcSignals, { statusCode, value }: DataValue): boolean | string => {
  if (statusCode.isBad()) throw new Error(`its value is ${statusCode.name}`)
  const { dataType, arrayType }: { dataType: DataType; arrayType: VariantArrayType } = value
  if (arrayType !== VariantArrayType.Scalar) throw new Error('it is an array')
  const scalar = scalarOf(dataType, value.value)
  if (typeof QUIET_PLC[signal] === 'string') return textOf(scalar)
  if (typeof scalar === 'boolean') return scalar
  if (typeof scalar === 'number' || typeof scalar === 'bigint') return Number(scalar) !== 0
  throw new Error(`it is of type ${DataType[dataType]}, expected Boolean or a number`)
}

/** The longest String of an S7: what is longer names no job, and would be carried through flow, disk and events. */
const MAX_TEXT = 254

const textOf = (scalar: boolean | number | bigint | string | null): string => {
  const text = scalar === null ? '' : String(scalar)
  if (text.length > MAX_TEXT)
    throw new Error(`it has ${text.length} characters, expected at most ${MAX_TEXT}`)
  return text
}

const scalarOf = (dataType: DataType, value: unknown): boolean | number | bigint | string | null => {
  if (dataType === DataType.Int64 || dataType === DataType.UInt64) return joined(dataType, value)
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  if (dataType === DataType.LocalizedText) {
    const text: unknown = Reflect.get(value, 'text')
    return typeof text === 'string' ? text : null
  }
  throw new Error(`it is of type ${DataType[dataType]}, expected a number or text`)
}

/** node-opcua gives 64 bits as high and low word. */
const joined = (dataType: DataType, value: unknown): bigint => {
  const [high, low] = value as readonly [number, number]
  const words = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  return dataType === DataType.Int64 ? BigInt.asIntN(64, words) : words
}
