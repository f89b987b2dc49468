/** A class or function that a pickle names. Nothing is looked up by it and nothing called. */
export interface PickleGlobal {
  readonly kind: 'global'
  readonly module: string
  readonly name: string
}

/** A list, tuple or set; the difference means nothing here, save that a tuple can be a dict's key. */
export interface PickleSequence {
  readonly kind: 'sequence'
  readonly items: PickleValue[]
}

export interface PickleDict {
  readonly kind: 'dict'
  readonly entries: Map<PickleValue, PickleValue>
}

/** An object of a TorchScript class: its attributes and nothing of its behaviour. */
export interface PickleRecord {
  readonly kind: 'record'
  readonly type: PickleGlobal
  readonly attributes: Map<PickleValue, PickleValue>
}

/** Bytes of an archive entry, taken as values of one type. */
export interface PickleStorage {
  readonly kind: 'storage'
  /** torch's class of storage, such as `HalfStorage`. */
  readonly type: string
  /** Name of the entry under `data/`. */
  readonly key: string
  /** In values. */
  readonly size: number
}

export interface PickleTensor {
  readonly kind: 'tensor'
  readonly storage: PickleStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** What a restricted unpickler can make: numbers, text and containers, and torch's tensors as plain descriptions. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleGlobal
  | PickleSequence
  | PickleDict
  | PickleRecord
  | PickleStorage
  | PickleTensor

export const sequence = (items: PickleValue[]): PickleSequence => ({ kind: 'sequence', items })

export const isKind = <K extends (PickleValue & { kind: string })['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind

/** For messages: what a value is. */
export const titleOf = (value: PickleValue | undefined): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'None'
  if (value instanceof Uint8Array) return 'bytes'
  if (typeof value !== 'object') return typeof value
  return value.kind === 'global' ? `${value.module}.${value.name}` : `a ${value.kind}`
}
