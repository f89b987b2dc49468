import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { GRAPH_FILES, MANIFEST_FILE } from '../manifest.ts'
import { asOutputError, checkApart, makeWhole } from '../output-folder.ts'
import { type TritonSettings, tritonConfig } from './config.ts'
import { copyFiles } from './copy.ts'
import { openForExport } from './source.ts'

export interface ExportTritonOptions extends Partial<TritonSettings> {
  /** The repository; others' models in it stay. */
  readonly output: string
  readonly signal: AbortSignal
}

const CONFIG_FILE = 'config.pbtxt'
/** The one version that a repository starts with (model_repository.md, Model Versions). */
const VERSION = '1'
const MAX_BATCH = 8

/**
 * Writes a model into a model repository of Triton Inference Server: `OUTPUT/NAME` with config.pbtxt, `1/model.onnx` and weights beside it, and
 * the manifest, by which it is known as ours. An earlier export of that name is replaced, in one step; anything else never is.
 * @returns the model's folder
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT, MODEL_OPTIONS, MODEL_OUTPUT
 */
export const exportTriton = async (
  folder: string,
  { output, name: given, maxBatch = MAX_BATCH, signal }: ExportTritonOptions,
): Promise<string> => {
  const manifest = await openForExport(folder)
  const name = given ?? manifest.name
  // A folder, and a part of the path in every request.
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
    throw codedError(
      'MODEL_OPTIONS',
      `"${name}" cannot be the name of a model on a server; give one of letters, digits, dots, hyphens and underscores.`,
    )
  await checkRepository(output)
  const place = join(output, name)
  await checkApart(place, folder)
  await makeWhole(
    place,
    async (making) => {
      const version = join(making, VERSION)
      await mkdir(version)
      await copyFiles(folder, version, manifest, (file) => GRAPH_FILES.includes(file), signal)
      await writeFile(join(making, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
      await writeFile(join(making, CONFIG_FILE), tritonConfig(manifest, { name, maxBatch }))
    },
    // A server that looks into the repository just now takes every folder in it for a model.
    { beside: output },
  )
  return place
}

/** A repository holds models and nothing else. Hidden files, such as those of version control, are nobody's model. */
const checkRepository = async (output: string): Promise<void> => {
  const entries = await readdir(output, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // What else is wrong with it, who makes it says.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw asOutputError(output, error)
  })
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    if (!(await isModel(output, entry.name)))
      throw codedError(
        'MODEL_OPTIONS',
        `"${output}" holds "${entry.name}", which is no model of Triton's; name a new or empty folder, or a model repository.`,
      )
  }
}

/** With a configuration, or without one but with numbered versions. */
const isModel = async (output: string, name: string): Promise<boolean> => {
  const inside = await readdir(join(output, name)).catch((): string[] => [])
  return inside.some((file) => file === CONFIG_FILE || /^[1-9]\d*$/.test(file))
}
