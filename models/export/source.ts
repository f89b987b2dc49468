import { codedError } from '../../errors/index.ts'
import type { ModelManifest } from '../manifest.ts'
import { openWhole } from '../open.ts'

/**
 * Manifest of a model that is to be exported; its graph is checked as it is copied, or stays.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT; MODEL_OPTIONS for a compiled one: a server has no use for another GPU's engine
 */
export const openForExport = async (folder: string): Promise<ModelManifest> => {
  const manifest = await openWhole(folder, { withGraph: false })
  if (manifest.engine !== undefined)
    throw codedError(
      'MODEL_OPTIONS',
      `"${folder}" was compiled with TensorRT for one GPU and cannot be exported. Export the model that it was compiled from, "${manifest.engine.source.name}" (version ${manifest.engine.source.version}).`,
    )
  return manifest
}
