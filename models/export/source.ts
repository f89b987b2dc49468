import { codedError } from '../../errors/index.ts'
import type { ModelManifest } from '../manifest.ts'
import { openWhole } from '../open.ts'
import { unfitForServer } from './on-server.ts'

/**
 * Manifest of a model that is to be exported; its graph is checked as it is copied, or stays.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT; MODEL_OPTIONS for one that a server must not run: a compiled one is for one GPU, and `unfitForServer`
 */
export const openForExport = async (folder: string): Promise<ModelManifest> => {
  const manifest = await openWhole(folder, { withGraph: false })
  if (manifest.engine !== undefined)
    throw codedError(
      'MODEL_OPTIONS',
      `"${folder}" was compiled with TensorRT for one GPU and cannot be exported. Export the model that it was compiled from, "${manifest.engine.source.name}" (version ${manifest.engine.source.version}).`,
    )
  const unfit = unfitForServer(manifest)
  if (unfit !== null) throw codedError('MODEL_OPTIONS', `"${folder}": ${unfit}.`)
  return manifest
}
