import { delimiter, join } from 'node:path'
import type { Machine } from '../../engine/machine/index.ts'
import { codedError } from '../../errors/index.ts'

/** Where NVIDIA's packages, JetPack and archives put it; none of them is in the path of a user. */
const KNOWN = ['/usr/src/tensorrt/bin', '/opt/tensorrt/bin', '/usr/local/tensorrt/bin']

/**
 * NVIDIA's compiler on this machine.
 * @throws MODEL_COMPILE where there is none
 */
export const findTrtexec = async (machine: Machine): Promise<string> => {
  const folders = [...(machine.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...KNOWN]
  for (const folder of folders) {
    const path = join(folder, 'trtexec')
    if ((await machine.head(path, 1)) !== null) return path
  }
  throw codedError(
    'MODEL_COMPILE',
    `trtexec, which comes with TensorRT, is neither in the path nor in ${KNOWN.join(', ')}. ` +
      'Install TensorRT (Ubuntu and JetPack: sudo apt install libnvinfer-bin), or name it with --trtexec.',
  )
}
