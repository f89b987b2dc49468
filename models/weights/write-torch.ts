import { replaceFile } from '../replace-file.ts'
import { countOf, rowMajorStrides } from './layout.ts'
import { storedZip } from './write-archive.ts'
import * as pickle from './write-pickle.ts'

/** Values row-major, as many as the shape has room for; NaN and infinities among them are kept. */
export type TorchTensor = { readonly shape: readonly number[] } & (
  | { readonly type: 'float32'; readonly data: Float32Array }
  | { readonly type: 'int32'; readonly data: Int32Array }
  | { readonly type: 'int64'; readonly data: BigInt64Array }
)

/** Python's dict. Keys that look like whole numbers come first, as they do in JavaScript. */
export interface TorchDict {
  readonly [key: string]: TorchValue
}

/**
 * What an archive can hold. A map becomes an OrderedDict, which is what a state dict is. A whole number becomes an int, every other
 * finite number a float; null becomes None.
 */
export type TorchValue =
  | null
  | boolean
  | number
  | string
  | TorchTensor
  | TorchDict
  | ReadonlyMap<string, TorchValue>

/** Source: torch/storage.py, `_dtype_to_storage_type_map`. */
const TYPES = {
  float32: { storage: 'FloatStorage', array: Float32Array },
  int32: { storage: 'IntStorage', array: Int32Array },
  int64: { storage: 'LongStorage', array: BigInt64Array },
} as const

/** What torch itself calls the archive where it writes to no file: a name of the file's own would make equal content differ. */
const FOLDER = 'archive'

/** As torch writes it since 1.6. Source: caffe2/serialize/versions.h, `kProducedFileFormatVersion`. */
const FORMAT_VERSION = '3\n'

/**
 * Writes a file that `torch.load` reads, with `weights_only` too: the zip archive of `torch.save` since PyTorch 1.6. Equal content
 * gives equal bytes. The file appears whole or not at all; arrays must not change until then.
 * PyTorch before 2.0 reads floats outside of tensors only without `weights_only`.
 * Source: PyTorch's torch/serialization.py, `_save`, and torch/_tensor.py, `_reduce_ex_internal`.
 * @throws Error where the content is none that can be written, and the system's where the file cannot be: EACCES, ENOSPC, …
 */
export const writeTorch = async (file: string, content: TorchValue): Promise<void> => {
  const storages: Uint8Array[] = []
  const data = pickle.pickleOf(pickled(content, 'content', storages))
  const entries = [
    { path: 'data.pkl', data },
    { path: 'byteorder', data: Buffer.from('little') },
    ...storages.map((storage, key) => ({ path: `data/${key}`, data: storage })),
    { path: 'version', data: Buffer.from(FORMAT_VERSION) },
  ]
  await replaceFile(
    file,
    storedZip(entries.map((entry) => ({ ...entry, path: `${FOLDER}/${entry.path}` }))),
    { flush: true },
  )
}

/** The value as a piece of pickle; tensors' bytes go to `storages`, where their place is their key. */
const pickled = (value: TorchValue, path: string, storages: Uint8Array[]): Buffer => {
  const itemsOf = (entries: Iterable<readonly [string, TorchValue]>) =>
    [...entries].map(([key, item]) => [pickle.text(key), pickled(item, `${path}.${key}`, storages)] as const)
  if (value === null) return pickle.NONE
  if (typeof value === 'boolean') return value ? pickle.TRUE : pickle.FALSE
  if (typeof value === 'number') return pickledNumber(value, path)
  if (typeof value === 'string') return pickle.text(value)
  if (isMap(value)) return pickle.withItems(ORDERED_DICT, itemsOf(value))
  if (isTensor(value)) return pickledTensor(value, path, storages)
  if (isPlain(value)) return pickle.withItems(pickle.EMPTY_DICT, itemsOf(Object.entries(value)))
  throw new Error(
    `${path} is of type ${typeOf(value)}; expected null, a boolean, number, string, tensor, map or plain object`,
  )
}

const pickledNumber = (value: number, path: string): Buffer => {
  if (!Number.isFinite(value))
    throw new Error(`${path} is ${value}; expected a finite number outside of tensors`)
  return Number.isSafeInteger(value) ? pickle.integer(value) : pickle.float(value)
}

const ORDERED_DICT = pickle.call(pickle.global('collections', 'OrderedDict'), pickle.EMPTY_TUPLE)

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)`. */
const pickledTensor = (tensor: TorchTensor, path: string, storages: Uint8Array[]): Buffer => {
  checkTensor(tensor, path)
  const { type, shape, data } = tensor
  const key = storages.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) - 1
  const storage = pickle.tuple(
    pickle.text('storage'),
    pickle.global('torch', TYPES[type].storage),
    pickle.text(String(key)),
    pickle.text('cpu'),
    pickle.integer(data.length),
  )
  return pickle.call(
    pickle.global('torch._utils', '_rebuild_tensor_v2'),
    pickle.tuple(
      pickle.persistent(storage),
      pickle.integer(0),
      pickle.tuple(...shape.map(pickle.integer)),
      pickle.tuple(...rowMajorStrides(shape).map(pickle.integer)),
      pickle.FALSE,
      ORDERED_DICT,
    ),
  )
}

const checkTensor = ({ type, shape, data }: TorchTensor, path: string): void => {
  if (!Object.hasOwn(TYPES, type))
    throw new Error(`${path} is a tensor of ${type}; expected ${Object.keys(TYPES).join(', ')}`)
  const { array } = TYPES[type]
  if (!(data instanceof array))
    throw new Error(
      `${path} is a tensor of ${type} whose data is of type ${typeOf(data)}; expected ${array.name}`,
    )
  const isShape = shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!isShape || countOf(shape) !== data.length)
    throw new Error(`${path} is a tensor of shape [${shape.join(', ')}] with ${data.length} values`)
}

const isMap = (value: unknown): value is ReadonlyMap<string, TorchValue> => value instanceof Map

/** No dict can hold an array of numbers, so whatever has one as its data is meant as a tensor. */
const isTensor = (value: TorchTensor | TorchDict): value is TorchTensor =>
  typeof value === 'object' && ArrayBuffer.isView(value.data)

const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** For messages: its class, or what kind of value it is. */
const typeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String(value.constructor?.name) : typeof value
