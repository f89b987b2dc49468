import { modelsDir } from '../../../engine/index.ts'
import type { Examination } from '../types.ts'
import { checksOf } from './check.ts'

/** ViT-L: its published weights (about 1 GB) and the model built from them (1.3 GB). */
const FOR_VIT_L_BYTES = 2.5e9

/** Where models are built to. Others may run Node-RED with a folder of its own: this is about the one that the command uses. */
export const examineDisk: Examination = async ({ machine, userDir }) => {
  const { ok, warning } = checksOf('disk', 'Disk')
  const folder = modelsDir(userDir)
  if (!(await machine.isWritable(folder)))
    return [
      warning(
        `${folder} cannot be written to: no model can be built into it.`,
        'Run the command as the user of Node-RED, or give the folder to that user (chown).',
      ),
    ]
  const free = await machine.freeSpace(folder)
  if (free === null) return [ok(`${folder} can be written to`)]
  const found = `${(free / 1e9).toFixed(1)} GB free for models in ${folder}`
  return free < FOR_VIT_L_BYTES
    ? [
        warning(
          `${found}; fetching and building ViT-L takes about ${FOR_VIT_L_BYTES / 1e9} GB.`,
          'Make room, or build to another disk with build --output.',
        ),
      ]
    : [ok(found)]
}
