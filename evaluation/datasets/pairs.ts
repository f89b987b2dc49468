import { join } from 'node:path'
import { stemOf } from './files.ts'
import type { Findings, Sample } from './types.ts'
import { onlyImagesIn } from './unread.ts'

export interface PairedFolders {
  readonly images: string
  readonly masks: string
  /** What may stand between the image's base name and the mask's ending. */
  readonly suffixes: readonly string[]
  readonly type: string
}

/**
 * Bad images with their masks, found by name. The reference pairs both folders by position instead, so that one file
 * too few shifts all masks behind it.
 */
export const pairedSamples = async (
  { images, masks, suffixes, type }: PairedFolders,
  found: Findings,
): Promise<Sample[]> => {
  const names = await onlyImagesIn(images, found)
  if (!names?.length) {
    found.missing(images, 'it should hold the images')
    return []
  }
  const drawn = await onlyImagesIn(masks, found)
  if (!drawn) found.missing(masks, `it should hold the masks of ${images}`)
  const maskOf = new Map((drawn ?? []).map((name) => [stemOf(name), name]))
  const used = new Set<string>()
  const samples = names.map((name): Sample => {
    const sample: Sample = { image: join(images, name), label: 1, type }
    const stem = suffixes.map((suffix) => stemOf(name) + suffix).find((candidate) => maskOf.has(candidate))
    if (stem !== undefined) {
      used.add(stem)
      return { ...sample, mask: { kind: 'file', path: join(masks, maskOf.get(stem) as string) } }
    }
    if (drawn) found.missing(join(masks, `${stemOf(name)}${suffixes[0]}.*`), `the mask of ${sample.image}`)
    return sample
  })
  for (const [stem, name] of maskOf)
    if (!used.has(stem)) found.missing(join(images, `${stem}.*`), `the image of ${join(masks, name)}`)
  return samples
}

/** Images of one folder, all of one label, without masks. */
export const plainSamples = async (
  folder: string,
  label: 0 | 1,
  type: string,
  found: Findings,
): Promise<Sample[]> => {
  const names = await onlyImagesIn(folder, found)
  if (!names?.length) found.missing(folder, `it should hold the ${label === 0 ? 'good' : 'bad'} images`)
  return (names ?? []).map((name) => ({ image: join(folder, name), label, type }))
}
