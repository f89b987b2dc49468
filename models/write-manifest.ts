import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MANIFEST_FILE, type ModelManifest } from './manifest.ts'

export const manifestText = (manifest: ModelManifest): string => `${JSON.stringify(manifest, null, 2)}\n`

export const writeManifest = (folder: string, manifest: ModelManifest): Promise<void> =>
  writeFile(join(folder, MANIFEST_FILE), manifestText(manifest))
