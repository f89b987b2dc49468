import { codedError } from '../../errors/index.ts'
import { type FileBytes, openFile } from './file-bytes.ts'
import { looksLikeSafetensors, openSafetensors } from './safetensors.ts'
import { openTorch } from './torch.ts'
import type { WeightsFile } from './types.ts'

/** Enough to tell the formats apart. */
const HEAD_BYTES = 16

/**
 * Opens published weights: safetensors, a torch zip archive (`torch.save` since 1.6) or a TorchScript archive. The format is
 * told by content, never by name. Only headers are read; close the file when done.
 * @throws WEIGHTS_FILE_MISSING, WEIGHTS_FORMAT_UNKNOWN, WEIGHTS_DAMAGED, WEIGHTS_LIMIT, WEIGHTS_UNSAFE_PICKLE, WEIGHTS_TENSOR_TYPE
 */
export const openWeights = async (file: string): Promise<WeightsFile> => {
  const bytes = await openFile(file)
  try {
    const head = new Uint8Array(Math.min(HEAD_BYTES, bytes.size))
    await bytes.read(head, 0)
    return await openerFor(file, head)(bytes)
  } catch (error) {
    await bytes.close()
    throw error
  }
}

const openerFor = (file: string, head: Uint8Array): ((bytes: FileBytes) => Promise<WeightsFile>) => {
  if (looksLikeSafetensors(head)) return openSafetensors
  if (startsWith(head, 'PK\x03\x04')) return openTorch
  throw codedError(
    'WEIGHTS_FORMAT_UNKNOWN',
    `${file} is neither safetensors nor a torch zip archive: ${whatItIs(head)}`,
  )
}

const startsWith = (head: Uint8Array, text: string): boolean =>
  Buffer.from(head.subarray(0, text.length)).equals(Buffer.from(text, 'latin1'))

/** Other files that are met in place of weights, and what to do about each. */
const whatItIs = (head: Uint8Array): string => {
  if (head.length === 0) return 'it is empty. Fetch it again.'
  // Protocols 2 to 5: what torch.save wrote before version 1.6, and any other pickle.
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5)
    return (
      'it is a bare pickle, as torch.save wrote before version 1.6. Convert it once with PyTorch: ' +
      'torch.save(torch.load(old, map_location="cpu"), new)'
    )
  if (startsWith(head, 'version https'))
    return 'it is a Git LFS pointer, which stands for the file. Run `git lfs pull`, or fetch the file itself.'
  if (head[0] === 0x3c)
    return 'it begins with "<", like a web page. Fetch the file itself, not the page about it.'
  return `it begins with ${Buffer.from(head.subarray(0, 8)).toString('hex')}. Fetch it again and compare its sha256.`
}
