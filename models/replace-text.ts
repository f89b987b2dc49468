import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MANIFEST_FILE, type ManifestText, type ModelManifest } from './manifest.ts'
import { replaceFile } from './replace-file.ts'
import { sha256Of } from './sha256.ts'
import { TEXT_FILE, type TextFeatures } from './text-features.ts'
import { writeTextFeatures } from './text-side.ts'
import { manifestText } from './write-manifest.ts'

/**
 * Gives a model folder other text features. Whenever it is interrupted, by a kill or a power cut, the folder is whole, with the features
 * of before or with the new ones: two files cannot be replaced in one step, and so the manifest leads over a file of another name.
 * @returns the new manifest; its version is that of before
 * @throws the error of the system
 */
export const replaceText = async (
  folder: string,
  manifest: ModelManifest & { readonly text: ManifestText },
  features: TextFeatures,
): Promise<ModelManifest> => {
  const being = join(folder, `.${TEXT_FILE}.${process.pid}.part`)
  const replaceManifest = (made: ModelManifest) =>
    replaceFile(join(folder, MANIFEST_FILE), Buffer.from(manifestText(made)), { flush: true })
  try {
    await writeTextFeatures(being, features, manifest.text.dimension)
    await toDisk(being)
    const facts = { bytes: (await stat(being)).size, sha256: await sha256Of(being) }
    const manifestWith = (file: string): ModelManifest => {
      const { [manifest.text.file]: _, ...others } = manifest.files
      return {
        ...manifest,
        text: { ...manifest.text, file, classNames: [...features.keys()] },
        files: { ...others, [file]: facts },
      }
    }
    const between = `text-${facts.sha256.slice(0, 12)}.safetensors`
    try {
      await copyFile(being, join(folder, between))
      await toDisk(join(folder, between))
      await replaceManifest(manifestWith(between))
    } catch (error) {
      await rm(join(folder, between), { force: true })
      throw error
    }
    // Nothing refers to the file under its usual name any more.
    await rename(being, join(folder, TEXT_FILE))
    const made = manifestWith(TEXT_FILE)
    await replaceManifest(made)
    await rm(join(folder, between))
    // Where the last time was interrupted, what led over is still there.
    if (manifest.text.file !== TEXT_FILE) await rm(join(folder, manifest.text.file), { force: true })
    return made
  } catch (error) {
    await rm(being, { force: true })
    throw error
  }
}

const toDisk = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
