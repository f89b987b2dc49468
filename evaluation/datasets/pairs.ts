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
  const samples = await plainSamples(images, 1, type, found)
  if (samples.length === 0) return []
  const drawn = await masksIn(masks, found)
  if (!drawn) {
    found.missing(masks, `it should hold the masks of ${images}`)
    return samples
  }
  const paired = samples.map((sample) => {
    const mask = drawn.take(sample, suffixes)
    if (mask === undefined)
      found.missing(join(masks, `${stemOf(sample.image)}${suffixes[0]}.*`), `the mask of ${sample.image}`)
    return mask ?? sample
  })
  drawn.nameStrays(images)
  return paired
}

/** The masks of a folder, each given to the images of its base name. */
export interface Masks {
  /** The sample with its mask; undefined where there is none. */
  take(sample: Sample, suffixes: readonly string[]): Sample | undefined
  /** Leaves with the findings what no image took. @param images where they should be */
  nameStrays(images: string): void
}

/** undefined without the folder. */
export const masksIn = async (folder: string, found: Findings): Promise<Masks | undefined> => {
  const names = await onlyImagesIn(folder, found)
  if (!names) return undefined
  const maskOf = byStem(folder, names, stemOf, found)
  const takenBy = new Map<string, string>()
  return {
    take: (sample, suffixes) => {
      const stem = suffixes.map((suffix) => stemOf(sample.image) + suffix).find((each) => maskOf.has(each))
      if (stem === undefined) return undefined
      const path = join(folder, maskOf.get(stem)!)
      const other = takenBy.get(stem)
      if (other === undefined) takenBy.set(stem, sample.image)
      else found.ambiguous(path, `it is the mask of ${other} and of ${sample.image}; both were given it`)
      return { ...sample, mask: { kind: 'file', path } }
    },
    nameStrays: (images) => {
      for (const [stem, name] of maskOf)
        if (!takenBy.has(stem)) found.missing(join(images, `${stem}.*`), `the image of ${join(folder, name)}`)
    },
  }
}

/** Names of one folder by what they have in common with their images; of several for one image the first counts. */
export const byStem = (
  folder: string,
  names: readonly string[],
  stem: (name: string) => string,
  found: Findings,
): Map<string, string> => {
  const named = new Map<string, string>()
  for (const name of names) {
    const first = named.get(stem(name))
    if (first === undefined) named.set(stem(name), name)
    else found.ambiguous(join(folder, name), `${first} beside it is a mask of the same image, and was taken`)
  }
  return named
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
