import { DataType, Variant, VariantArrayType } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { type BoxSignal, NAME_OF } from './signals.ts'

/** A value of a signal as a variable of the PLC takes it. */
export type Encode = (value: boolean | number) => Variant

/** Largest whole numbers; of Float and Double those up to which every whole number is exact. */
const LARGEST: Readonly<Partial<Record<DataType, number>>> = {
  [DataType.SByte]: 0x7f,
  [DataType.Byte]: 0xff,
  [DataType.Int16]: 0x7fff,
  [DataType.UInt16]: 0xffff,
  [DataType.Int32]: 0x7fff_ffff,
  [DataType.UInt32]: 0xffff_ffff,
  // Counters are UInt32.
  [DataType.Int64]: 0xffff_ffff,
  [DataType.UInt64]: 0xffff_ffff,
  [DataType.Float]: 2 ** 24,
  [DataType.Double]: 2 ** 53,
}
const FRACTIONAL: readonly DataType[] = [DataType.Float, DataType.Double]

type Kind = 'flag' | 'share' | 'count' | 'number' | 'beat'

const KINDS: Readonly<Record<BoxSignal, Kind>> = {
  online: 'flag',
  triggerReady: 'flag',
  triggerAck: 'flag',
  busy: 'flag',
  inspectionCompleted: 'flag',
  resultsValid: 'flag',
  jobPass: 'flag',
  score: 'share',
  threshold: 'share',
  level: 'number',
  error: 'flag',
  errorCode: 'number',
  acquisitionId: 'count',
  missedAcquisitions: 'count',
  heartbeat: 'beat',
}

/** Largest value of those that are no counters: they must fit, or would mean something else. */
const NEEDED: Readonly<Partial<Record<BoxSignal, number>>> = { level: 4, errorCode: 999 }

/** Where the server leaves the type open (BaseDataType, Number): what a PLC would declare. */
const NATURAL = {
  flag: DataType.Boolean,
  share: DataType.Float,
  count: DataType.UInt32,
  number: DataType.UInt16,
  beat: DataType.UInt16,
} as const satisfies Record<Kind, DataType>

const EXPECTED = {
  flag: 'Boolean or a whole number',
  share: 'Float, Double or String',
  count: 'a whole number, Float, Double or String',
  number: 'Int16 or another number that holds its values, or String',
  beat: 'a whole number or Boolean',
} as const satisfies Record<Kind, string>

/** A heartbeat needs no more, and every PLC has this range. */
const HEARTBEAT_RANGE = 0xffff

/**
 * How a signal is written into a variable of the given type. A count that is larger than its type goes on from 1: 0 says "none
 * yet". Flags are 0 and 1 in whole numbers.
 * @param dataType built-in type; null = the server leaves it open
 * @throws OPCUA_TYPE
 */
export const encoderFor = (signal: BoxSignal, dataType: DataType | null): Encode => {
  const kind = KINDS[signal]
  const type = dataType ?? NATURAL[kind]
  const largest = LARGEST[type] ?? 0
  const isWhole = largest > 0 && !FRACTIONAL.includes(type)
  const asVariant = (value: unknown): Variant =>
    new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value })
  const number = (value: number): Variant =>
    asVariant(
      type === DataType.String
        ? String(value)
        : // node-opcua has 64 bits as high and low word.
          type === DataType.Int64 || type === DataType.UInt64
          ? [0, value]
          : value,
    )
  switch (kind) {
    case 'flag':
      if (type === DataType.Boolean) return (value) => asVariant(Boolean(value))
      if (isWhole) return (value) => number(value ? 1 : 0)
      break
    case 'share':
      if (FRACTIONAL.includes(type) || type === DataType.String) return (value) => number(Number(value))
      break
    case 'count':
      if (largest > 0) return (value) => number(wrapped(Number(value), largest))
      if (type === DataType.String) return (value) => number(Number(value))
      break
    case 'number':
      if (largest >= (NEEDED[signal] ?? 0) || type === DataType.String)
        return (value) => number(Number(value))
      break
    case 'beat':
      if (type === DataType.Boolean) return (value) => asVariant(Number(value) % 2 === 1)
      if (isWhole) return (value) => number(Number(value) % (Math.min(largest, HEARTBEAT_RANGE) + 1))
  }
  throw codedError(
    'OPCUA_TYPE',
    `${NAME_OF[signal]} is mapped to a variable of type ${DataType[type]}, expected ${EXPECTED[kind]}. ` +
      'Give the variable another type in the PLC, or map another one.',
  )
}

const wrapped = (count: number, largest: number): number =>
  count <= largest ? count : ((count - 1) % largest) + 1
