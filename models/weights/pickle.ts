import { codedError } from '../../errors/index.ts'
import type { PickleCursor } from './pickle-cursor.ts'
import { pickleCursor } from './pickle-cursor.ts'
import { isKind, type PickleGlobal, type PickleValue, sequence, titleOf } from './pickle-values.ts'

/** Some 40 a tensor: enough for 50,000 tensors; the largest published CLIP takes some 60,000. Each may cost a hundred bytes of memory. */
const MAX_OPCODES = 2_000_000

/** Pickle protocols that torch has ever written its archives with. */
const PROTOCOLS = { first: 2, last: 5 }

/** What a pickle may ask the world outside it for. Each throws WEIGHTS_UNSAFE_PICKLE or WEIGHTS_DAMAGED for what it does not know. */
export interface PickleWorld {
  /** A class or function by name. */
  global(module: string, name: string): PickleGlobal
  /** What calling that function would have made. */
  reduce(global: PickleGlobal, args: readonly PickleValue[]): PickleValue
  /** A new object of that class. */
  create(global: PickleGlobal): PickleValue
  /** Gives an object its attributes. */
  build(object: PickleValue, state: PickleValue): void
  /** Something that lies outside the pickle: a storage. */
  persistent(id: PickleValue): PickleValue
}

interface Machine {
  readonly cursor: PickleCursor
  readonly world: PickleWorld
  readonly memo: Map<number, PickleValue>
  push(value: PickleValue): void
  pop(): PickleValue
  top(): PickleValue
  mark(): void
  /** Everything above the last mark. */
  popMarked(): PickleValue[]
}

type Step = (m: Machine) => void

/**
 * Runs a pickle of protocol 2 to 5 without ever making anything but plain descriptions.
 * Source: Python's `pickletools`, which documents every opcode; text opcodes of protocol 0 are left out, since torch writes none.
 * @throws WEIGHTS_DAMAGED, WEIGHTS_LIMIT, WEIGHTS_UNSAFE_PICKLE
 */
export const unpickle = (file: string, bytes: Uint8Array, world: PickleWorld): PickleValue => {
  const cursor = pickleCursor(file, bytes)
  const machine = newMachine(cursor, world)
  for (let steps = 0; steps < MAX_OPCODES; steps++) {
    const code = cursor.uint(1)
    if (code === STOP) return machine.pop()
    const step = STEPS[code]
    if (step === undefined)
      throw cursor.damaged(`has opcode 0x${code.toString(16).padStart(2, '0')}, which torch does not write`)
    step(machine)
  }
  throw codedError(
    'WEIGHTS_LIMIT',
    `the pickle in ${file} takes more than ${MAX_OPCODES} steps, which is the limit.`,
  )
}

const newMachine = (cursor: PickleCursor, world: PickleWorld): Machine => {
  const stack: PickleValue[] = []
  const marks: number[] = []
  const top = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw cursor.damaged('takes a value where there is none')
    return stack.at(-1)!
  }
  return {
    cursor,
    world,
    memo: new Map(),
    push: (value) => void stack.push(value),
    top,
    pop: () => {
      const value = top()
      stack.pop()
      return value
    },
    mark: () => void marks.push(stack.length),
    popMarked: () => {
      const mark = marks.pop()
      if (mark === undefined) throw cursor.damaged('closes a group that it did not open')
      return stack.splice(mark)
    },
  }
}

const pushNext =
  (read: (cursor: PickleCursor) => PickleValue): Step =>
  (m) =>
    m.push(read(m.cursor))

const pushTuple =
  (size: number): Step =>
  (m) => {
    const items = Array.from({ length: size }, () => m.pop())
    m.push(sequence(items.reverse()))
  }

const append = (m: Machine, items: readonly PickleValue[]): void => {
  const list = m.top()
  if (!isKind(list, 'sequence')) throw m.cursor.damaged(`appends to ${titleOf(list)}, which is no list`)
  for (const item of items) list.items.push(item)
}

const setItems = (m: Machine, items: readonly PickleValue[]): void => {
  const dict = m.top()
  if (!isKind(dict, 'dict')) throw m.cursor.damaged(`sets keys of ${titleOf(dict)}, which is no dict`)
  if (items.length % 2 !== 0) throw m.cursor.damaged('has a key without a value')
  for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i]!, items[i + 1]!)
}

const get = (m: Machine, slot: number): void => {
  const value = m.memo.get(slot)
  if (value === undefined) throw m.cursor.damaged(`recalls slot ${slot}, which is empty`)
  m.push(value)
}

const popGlobal = (m: Machine): PickleGlobal => {
  const global = m.pop()
  if (!isKind(global, 'global')) throw m.cursor.damaged(`wants to call ${titleOf(global)}`)
  return global
}

const popArguments = (m: Machine): readonly PickleValue[] => {
  const args = m.pop()
  if (!isKind(args, 'sequence')) throw m.cursor.damaged(`calls with ${titleOf(args)} for arguments`)
  return args.items
}

const popText = (m: Machine): string => {
  const text = m.pop()
  if (typeof text !== 'string') throw m.cursor.damaged(`names something by ${titleOf(text)}`)
  return text
}

const STOP = 0x2e

/** By opcode; the names are those of `pickletools`. */
const STEPS: Readonly<Record<number, Step>> = {
  // PROTO, FRAME
  128: ({ cursor }) => {
    const protocol = cursor.uint(1)
    if (protocol < PROTOCOLS.first || protocol > PROTOCOLS.last)
      throw cursor.damaged(`is of protocol ${protocol}; expected ${PROTOCOLS.first} to ${PROTOCOLS.last}`)
  },
  149: ({ cursor }) => void cursor.uint(8),
  // MARK, POP, POP_MARK, DUP
  40: (m) => m.mark(),
  48: (m) => void m.pop(),
  49: (m) => void m.popMarked(),
  50: (m) => m.push(m.top()),
  // NONE, NEWTRUE, NEWFALSE
  78: pushNext(() => null),
  136: pushNext(() => true),
  137: pushNext(() => false),
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  74: pushNext((c) => c.int32()),
  75: pushNext((c) => c.uint(1)),
  77: pushNext((c) => c.uint(2)),
  138: pushNext((c) => c.long(c.uint(1))),
  139: pushNext((c) => c.long(c.uint(4))),
  71: pushNext((c) => c.float()),
  // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8; BINSTRING, SHORT_BINSTRING (Python 2's text)
  88: pushNext((c) => c.text(c.uint(4))),
  140: pushNext((c) => c.text(c.uint(1))),
  141: pushNext((c) => c.text(c.uint(8))),
  84: pushNext((c) => c.text(c.uint(4))),
  85: pushNext((c) => c.text(c.uint(1))),
  // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
  66: pushNext((c) => c.take(c.uint(4))),
  67: pushNext((c) => c.take(c.uint(1))),
  142: pushNext((c) => c.take(c.uint(8))),
  150: pushNext((c) => c.take(c.uint(8))),
  // EMPTY_LIST, LIST, APPEND, APPENDS
  93: pushNext(() => sequence([])),
  108: (m) => m.push(sequence(m.popMarked())),
  97: (m) => append(m, [m.pop()]),
  101: (m) => append(m, m.popMarked()),
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  41: pushNext(() => sequence([])),
  116: (m) => m.push(sequence(m.popMarked())),
  133: pushTuple(1),
  134: pushTuple(2),
  135: pushTuple(3),
  // EMPTY_SET, ADDITEMS, FROZENSET
  143: pushNext(() => sequence([])),
  144: (m) => append(m, m.popMarked()),
  145: (m) => m.push(sequence(m.popMarked())),
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  125: pushNext(() => ({ kind: 'dict', entries: new Map() })),
  100: (m) => {
    const items = m.popMarked()
    m.push({ kind: 'dict', entries: new Map() })
    setItems(m, items)
  },
  115: (m) => {
    const value = m.pop()
    setItems(m, [m.pop(), value])
  },
  117: (m) => setItems(m, m.popMarked()),
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  113: (m) => void m.memo.set(m.cursor.uint(1), m.top()),
  114: (m) => void m.memo.set(m.cursor.uint(4), m.top()),
  148: (m) => void m.memo.set(m.memo.size, m.top()),
  104: (m) => get(m, m.cursor.uint(1)),
  106: (m) => get(m, m.cursor.uint(4)),
  // GLOBAL, STACK_GLOBAL, INST
  99: (m) => m.push(m.world.global(m.cursor.line(), m.cursor.line())),
  147: (m) => {
    const name = popText(m)
    m.push(m.world.global(popText(m), name))
  },
  105: (m) => {
    const { module, name } = m.world.global(m.cursor.line(), m.cursor.line())
    throw m.cursor.damaged(`makes ${module}.${name} by opcode INST, which torch does not write`)
  },
  // REDUCE, NEWOBJ, BUILD, BINPERSID
  82: (m) => {
    const args = popArguments(m)
    m.push(m.world.reduce(popGlobal(m), args))
  },
  129: (m) => {
    popArguments(m)
    m.push(m.world.create(popGlobal(m)))
  },
  98: (m) => {
    const state = m.pop()
    m.world.build(m.top(), state)
  },
  81: (m) => m.push(m.world.persistent(m.pop())),
}
