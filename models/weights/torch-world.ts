import { type CodedError, codedError } from '../../errors/index.ts'
import type { PickleWorld } from './pickle.ts'
import {
  isKind,
  type PickleDict,
  type PickleGlobal,
  type PickleTensor,
  type PickleValue,
  sequence,
  titleOf,
} from './pickle-values.ts'

/** Makes the plain description that stands for the result of a call. Throws where the arguments do not fit. */
type Maker = (args: readonly PickleValue[]) => PickleValue

const ordered: Maker = ([pairs]) => {
  const dict: PickleDict = { kind: 'dict', entries: new Map() }
  if (pairs === undefined) return dict
  for (const pair of itemsOf(pairs)) {
    const [key, value] = itemsOf(pair)
    if (key === undefined || value === undefined)
      throw new Error('an OrderedDict from something else than pairs')
    dict.entries.set(key, value)
  }
  return dict
}

/** (storage, offset, shape, strides, requires_grad, backward_hooks, …). */
const tensor: Maker = ([storage, offset, shape, strides]): PickleTensor => {
  if (!isKind(storage, 'storage') || !isSize(offset)) throw new Error('a tensor without storage or offset')
  const sizes = sizesOf(shape)
  const steps = sizesOf(strides)
  if (sizes.length !== steps.length)
    throw new Error(`a tensor of ${sizes.length} dimensions with ${steps.length} strides`)
  return { kind: 'tensor', storage, offset, shape: sizes, strides: steps }
}

/** (data, requires_grad, backward_hooks): the data. (list,): the list. (value, type's name): the value. */
const first: Maker = ([value]) => {
  if (value === undefined) throw new Error('a value that is not given')
  return value
}

const list: Maker = ([items]) => sequence(items === undefined ? [] : [...itemsOf(items)])

/** All that is ever "called". Lists of numbers are how TorchScript writes attributes of such a type. */
const MAKERS: ReadonlyMap<string, Maker> = new Map([
  ['collections.OrderedDict', ordered],
  ['torch._utils._rebuild_tensor_v2', tensor],
  ['torch._utils._rebuild_parameter', first],
  ['torch.Size', list],
  ['builtins.set', list],
  ['__builtin__.set', list],
  ['torch.jit._pickle.build_intlist', list],
  ['torch.jit._pickle.build_doublelist', list],
  ['torch.jit._pickle.build_boollist', list],
  ['torch.jit._pickle.build_tensorlist', list],
  ['torch.jit._pickle.restore_type_tag', first],
])

/** Data types as values of their own, such as an option of a checkpoint. */
const DTYPE = /^(bfloat16|bool|float(16|32|64)|int(8|16|32|64)|uint8)$/

const isTorchValue = (module: string, name: string): boolean =>
  (module === 'torch' && DTYPE.test(name)) ||
  ((module === 'torch' || module === 'torch.storage') && /^\w+Storage$/.test(name))

const isScriptClass = (module: string): boolean => module === '__torch__' || module.startsWith('__torch__.')

const itemsOf = (value: PickleValue | undefined): readonly PickleValue[] => {
  if (isKind(value, 'sequence')) return value.items
  throw new Error(`${titleOf(value)} where a list belongs`)
}

const isSize = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const sizesOf = (value: PickleValue | undefined): readonly number[] => {
  const items = itemsOf(value)
  if (!items.every(isSize)) throw new Error('a shape or stride that is no whole number from 0 on')
  return items
}

/** What torch's own archives may name. With `script`, classes under `__torch__` too: they become records. */
export const torchWorld = (file: string, { script }: { readonly script: boolean }): PickleWorld => {
  const unsafe = ({ module, name }: Pick<PickleGlobal, 'module' | 'name'>, asked: string): CodedError =>
    codedError(
      'WEIGHTS_UNSAFE_PICKLE',
      `${file} ${asked} ${module}.${name}; expected tensors in plain containers only. Nothing of it was run. ` +
        'If you trust the file, load it with PyTorch and save its state_dict() alone.',
    )
  const damaged = (found: string): CodedError =>
    codedError('WEIGHTS_DAMAGED', `the pickle in ${file} has ${found}. Fetch the file again.`)

  return {
    global: (module, name) => {
      const known =
        MAKERS.has(`${module}.${name}`) || isTorchValue(module, name) || (script && isScriptClass(module))
      if (!known) throw unsafe({ module, name }, 'asks for')
      return { kind: 'global', module, name }
    },
    reduce: (global, args) => {
      const make = MAKERS.get(`${global.module}.${global.name}`)
      if (make === undefined) throw unsafe(global, 'wants to call')
      try {
        return make(args)
      } catch (cause) {
        throw damaged(cause instanceof Error ? cause.message : String(cause))
      }
    },
    create: (global) => {
      if (!isScriptClass(global.module)) throw unsafe(global, 'wants an object of')
      return { kind: 'record', type: global, attributes: new Map() }
    },
    build: (object, state) => {
      // An OrderedDict's attributes, such as torch's `_metadata`, are about the module and hold no tensors.
      if (isKind(object, 'dict')) return
      if (!isKind(object, 'record')) throw damaged(`attributes for ${titleOf(object)}`)
      if (!isKind(state, 'dict')) throw unsafe(object.type, 'brings a state of its own making for')
      for (const [name, value] of state.entries) object.attributes.set(name, value)
    },
    persistent: (id) => {
      const [tag, type, key, , size] = isKind(id, 'sequence') ? id.items : []
      if (tag !== 'storage' || !isKind(type, 'global') || typeof key !== 'string' || !isSize(size))
        throw damaged('a reference to something that is no storage')
      return { kind: 'storage', type: type.name, key, size }
    },
  }
}
