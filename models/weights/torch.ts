import { codedError } from '../../errors/index.ts'
import { type Archive, openArchive } from './archive.ts'
import type { FileBytes } from './file-bytes.ts'
import { flatten } from './flatten.ts'
import { checkLayout } from './layout.ts'
import { unpickle } from './pickle.ts'
import type { PickleStorage, PickleTensor } from './pickle-values.ts'
import { torchWorld } from './torch-world.ts'
import type { ByteSource, TensorLayout, TensorType, WeightsFile } from './types.ts'
import { weightsFile } from './weights-file.ts'
import { TYPES } from './widen.ts'

/** About 120 bytes a tensor: a ViT-L takes some 0.1 MB, a checkpoint with optimiser state a few hundred kB. */
const MAX_PICKLE_BYTES = 16 * 1024 * 1024

/** `byteorder` holds one word. */
const MAX_BYTEORDER_BYTES = 64

/** torch puts everything into one folder, named after the file it was first saved to. */
const PICKLE_PATH = /^(?:[^/]+\/)?data\.pkl$/

/** Source: torch/storage.py, `_dtype_to_storage_type_map`; an untyped storage is bytes. */
const STORAGE_TYPES: ReadonlyMap<string, TensorType> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
  ['UntypedStorage', 'U8'],
  ['_UntypedStorage', 'U8'],
])

/**
 * Opens a torch zip archive, of `torch.save` (since 1.6) or TorchScript; the caller's handle is closed with it. Tensors get dotted
 * names as in a state dict; a leading `state_dict.` (a training checkpoint) and `module.` (data-parallel training) are left out.
 * @throws WEIGHTS_DAMAGED, WEIGHTS_LIMIT, WEIGHTS_UNSAFE_PICKLE, WEIGHTS_TENSOR_TYPE, WEIGHTS_FORMAT_UNKNOWN
 */
export const openTorch = async (bytes: FileBytes): Promise<WeightsFile> => {
  const { file } = bytes
  const archive = await openArchive(bytes)
  const folder = folderOf(archive)
  await checkByteOrder(archive, folder)
  const script = archive.paths.some(
    (path) => path === `${folder}constants.pkl` || path.startsWith(`${folder}code/`),
  )
  const pickle = await archive.readAll(`${folder}data.pkl`, MAX_PICKLE_BYTES)
  const root = unpickle(file, pickle, torchWorld(file, { script }))

  const sourceOf = storages(archive, folder)
  const layouts = new Map<string, TensorLayout>()
  for (const [path, tensor] of flatten(file, root)) {
    const name = script ? path : path.replace(/^(?:state_dict\.)?(?:module\.)?/, '')
    if (layouts.has(name))
      throw codedError('WEIGHTS_DAMAGED', `${file} has tensor ${name} twice; expected each name once.`)
    const layout = layoutOf(file, name, tensor, sourceOf)
    checkLayout(file, name, layout)
    layouts.set(name, layout)
  }
  return weightsFile({ file, format: script ? 'torchscript' : 'torch', layouts, close: bytes.close })
}

/** The archive's folder with its slash; '' where somebody packed it again without one. */
const folderOf = ({ file, paths }: Archive): string => {
  const pickles = paths.filter((path) => PICKLE_PATH.test(path))
  if (pickles.length !== 1)
    throw codedError(
      'WEIGHTS_FORMAT_UNKNOWN',
      `${file} is a zip archive with ${pickles.length} entries data.pkl; a torch archive has one. ` +
        'If weights are packed inside it, unpack them first.',
    )
  return pickles[0]!.slice(0, -'data.pkl'.length)
}

/** Written by torch since 2.0; before, archives were little-endian wherever they came from a PC. */
const checkByteOrder = async (archive: Archive, folder: string): Promise<void> => {
  const path = `${folder}byteorder`
  if (!archive.paths.includes(path)) return
  const order = Buffer.from(await archive.readAll(path, MAX_BYTEORDER_BYTES))
    .toString('latin1')
    .trim()
  if (order !== 'little')
    throw codedError(
      'WEIGHTS_TENSOR_TYPE',
      `${archive.file} holds numbers in byte order "${order}"; expected "little". ` +
        'Load and save it again with PyTorch on a little-endian machine (any PC).',
    )
}

/** One source a storage, so that tensors that share it also share what was inflated of it. */
const storages = (archive: Archive, folder: string): ((storage: PickleStorage) => ByteSource) => {
  const sources = new Map<string, ByteSource>()
  return ({ key }) => {
    const source = sources.get(key) ?? archive.source(`${folder}data/${key}`)
    sources.set(key, source)
    return source
  }
}

const layoutOf = (
  file: string,
  name: string,
  { storage, offset, shape, strides }: PickleTensor,
  sourceOf: (storage: PickleStorage) => ByteSource,
): TensorLayout => {
  const type = STORAGE_TYPES.get(storage.type)
  if (type === undefined)
    throw codedError(
      'WEIGHTS_TENSOR_TYPE',
      `tensor ${name} of ${file} lies in a ${storage.type}; expected one of ${[...STORAGE_TYPES.keys()].join(', ')}. ` +
        'Convert it to float32 or float16 first.',
    )
  const source = sourceOf(storage)
  const expected = storage.size * TYPES[type].bytes
  if (source.bytes < expected)
    throw codedError(
      'WEIGHTS_DAMAGED',
      `${source.title} of ${file} has ${source.bytes} bytes; its pickle announces ${storage.size} values of ${type}, ${expected} bytes. ` +
        'Fetch the file again and compare its sha256.',
    )
  return { type, shape, strides, offset, source }
}
