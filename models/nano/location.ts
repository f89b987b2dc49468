import { join } from 'node:path'
import { thisPackage } from '../package.ts'

/** Folder of the embedded model, built by `npm run build` and part of the published package. */
export const nanoModelDir = (): string => join(thisPackage.root, 'dist', 'built', 'nano')
