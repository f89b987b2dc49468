import { constants, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import type { ModelManifest } from '../manifest.ts'
import { sha256Of } from '../sha256.ts'

/**
 * Copies files of a model folder and holds the copies to the manifest: the folder may be built anew meanwhile.
 * @throws MODEL_CORRUPT, and the error of the system
 */
export const copyFiles = async (
  from: string,
  to: string,
  { files }: Pick<ModelManifest, 'files'>,
  isWanted: (file: string) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  for (const [name, { sha256 }] of Object.entries(files)) {
    if (!isWanted(name)) continue
    signal.throwIfAborted()
    // Without taking room twice where the file system can.
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE).catch(
      (cause: NodeJS.ErrnoException) => {
        throw cause.code === 'ENOENT' ? corrupt(from, name, 'is missing', cause) : cause
      },
    )
    const found = await sha256Of(join(to, name))
    if (found !== sha256) throw corrupt(from, name, `has sha256 ${found}, and the manifest says ${sha256}`)
  }
}

const corrupt = (folder: string, name: string, found: string, cause?: unknown) =>
  codedError(
    'MODEL_CORRUPT',
    `"${name}" in "${folder}" ${found}. The file was changed, or the model was built anew just now: export it again, or copy it again.`,
    { cause },
  )
