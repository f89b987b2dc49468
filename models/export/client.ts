import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { GRAPH_FILES, MANIFEST_FILE } from '../manifest.ts'
import { checkApart, makeWhole } from '../output-folder.ts'
import { copyFiles } from './copy.ts'
import { openForExport } from './source.ts'

/**
 * Writes what of a model a box needs that has it run on a server: all but the graph, a few megabytes in place of a gigabyte. What was exported
 * there before is replaced, in one step; a whole model never is.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_OPTIONS, MODEL_OUTPUT
 */
export const exportClient = async (
  folder: string,
  { output, signal }: { readonly output: string; readonly signal: AbortSignal },
): Promise<void> => {
  const manifest = await openForExport(folder)
  await checkApart(output, folder)
  await checkNoGraph(output)
  await makeWhole(output, async (making) => {
    await copyFiles(folder, making, manifest, (file) => !GRAPH_FILES.includes(file), signal)
    await writeFile(join(making, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
  })
}

const checkNoGraph = async (output: string): Promise<void> => {
  // What else is wrong with it, who makes it says.
  const entries = await readdir(output).catch((): string[] => [])
  if (GRAPH_FILES.some((file) => entries.includes(file)))
    throw codedError(
      'MODEL_OPTIONS',
      `"${output}" holds a whole model, whose graph would be lost; name a new or empty folder, or one that clients' files were exported to before.`,
    )
}
