/**
 * Pieces of a pickle, protocol 2, each of which leaves one value on the unpickler's stack. Nothing is memoised: what comes twice
 * is written twice, and read as two equal values.
 * Source: Python's `pickletools`, which documents every opcode.
 */
const { concat } = Buffer

const code = (opcode: string): Buffer => Buffer.from(opcode, 'latin1')

const PROTO_2 = code('\x80\x02')
const STOP = code('.')
const MARK = code('(')
const TUPLE = code('t')
const REDUCE = code('R')
const SETITEMS = code('u')
const BINPERSID = code('Q')

export const NONE = code('N')
export const TRUE = code('\x88')
export const FALSE = code('\x89')
export const EMPTY_DICT = code('}')
export const EMPTY_TUPLE = code(')')

/** BININT has room for 32 bits, LONG1 for as many bytes as it announces: here eight. */
export const integer = (value: number): Buffer => {
  const isShort = value === (value | 0)
  const bytes = isShort ? Buffer.alloc(4) : Buffer.alloc(8)
  if (isShort) bytes.writeInt32LE(value)
  else bytes.writeBigInt64LE(BigInt(value))
  return concat([code(isShort ? 'J' : '\x8a\x08'), bytes])
}

/** BINFLOAT, the one number that pickles hold with its highest byte first. */
export const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return concat([code('G'), bytes])
}

/** BINUNICODE. */
export const text = (value: string): Buffer => {
  const utf8 = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(utf8.length)
  return concat([code('X'), length, utf8])
}

/** A class or function by its name. */
export const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`)

export const tuple = (...items: readonly Buffer[]): Buffer => concat([MARK, ...items, TUPLE])

/** @param args a tuple */
export const call = (callee: Buffer, args: Buffer): Buffer => concat([callee, args, REDUCE])

/** What lies outside the pickle, by the tuple that says where. */
export const persistent = (id: Buffer): Buffer => concat([id, BINPERSID])

/** @param dict an empty dict, or whatever else takes items as a dict does */
export const withItems = (dict: Buffer, items: readonly (readonly [key: Buffer, value: Buffer])[]): Buffer =>
  concat([dict, MARK, ...items.flat(), SETITEMS])

/** The whole pickle of one value. */
export const pickleOf = (value: Buffer): Buffer => concat([PROTO_2, value, STOP])
