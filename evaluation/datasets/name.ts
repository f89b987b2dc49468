import { relative } from 'node:path'
import type { Sample } from './types.ts'

/** A sample's name in results, the same on every machine. @param root of the data set */
export const nameOf = ({ image, crop }: Sample, root: string): string =>
  relative(root, image).replaceAll('\\', '/') + (crop ? `#${crop.index + 1}/${crop.of}` : '')
