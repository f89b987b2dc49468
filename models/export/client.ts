import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { GRAPH_FILES, MANIFEST_FILE } from '../manifest.ts'
import { openWhole } from '../open.ts'
import { makeWhole } from '../output-folder.ts'
import { copyFiles } from './copy.ts'
import { unfitForServer } from './on-server.ts'

/**
 * Writes what of a model a box needs that has it run on a server: all but the graph, a few megabytes in place of a gigabyte. A model that was there
 * is replaced, in one step.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_OPTIONS, MODEL_OUTPUT
 */
export const exportClient = async (
  folder: string,
  { output, signal }: { readonly output: string; readonly signal: AbortSignal },
): Promise<void> => {
  const manifest = await openWhole(folder, { withGraph: false })
  const unfit = unfitForServer(manifest)
  if (unfit !== null) throw codedError('MODEL_OPTIONS', `"${folder}": ${unfit}.`)
  await makeWhole(output, async (making) => {
    await copyFiles(folder, making, manifest, (file) => !GRAPH_FILES.includes(file), signal)
    await writeFile(join(making, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
  })
}
