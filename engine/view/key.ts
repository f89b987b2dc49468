import { createHash } from 'node:crypto'
import type { View } from './types.ts'

/**
 * Names a view, in eight hexadecimal digits. Scores of one view say nothing about another: other tiles are other pictures to the model.
 * @param maskSha256 of its mask image, which is not part of the text
 */
export const keyOfView = ({ ignoreMask: _, ...view }: View, maskSha256: string | null): string =>
  createHash('sha256')
    .update(JSON.stringify([view, maskSha256]))
    .digest('hex')
    .slice(0, 8)
