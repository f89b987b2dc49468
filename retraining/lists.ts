import { relative, sep } from 'node:path'
import { csvField } from '../evaluation/results/index.ts'
import type { GatheredImage } from './images.ts'
import type { Layout } from './layout.ts'

/**
 * The images as `--dataset csv` reads them. A training goes on with the images that it began with, while others come in; and a
 * bad image without a mask is nothing to complain of here.
 * @param category under which figures and thresholds are told
 */
export const listOf = ({ folder }: Layout, images: readonly GatheredImage[], category: string): string => {
  const path = (file: string): string => relative(folder, file).split(sep).join('/')
  const rows = images.map(({ image, judgement, mask }) => [
    path(image),
    judgement,
    mask === null ? '' : path(mask),
    category,
  ])
  return [['image', 'label', 'mask', 'category'], ...rows]
    .map((row) => `${row.map(csvField).join(',')}\n`)
    .join('')
}
