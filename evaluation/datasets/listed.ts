import { readFile } from 'node:fs/promises'
import { isFile } from './files.ts'
import type { Findings, Sample } from './types.ts'

/** Text of a list that has to be there. @param why what it is needed for */
export const listText = async (list: string, why: string, found: Findings): Promise<string | undefined> => {
  const text = await readFile(list, 'utf8').catch(() => undefined)
  if (text === undefined) found.missing(list, why)
  return text
}

/** Whether an image that a list names is there. */
export const isListed = async (image: string, list: string, found: Findings): Promise<boolean> => {
  const isThere = await isFile(image)
  if (!isThere) found.missing(image, `${list} names it`)
  return isThere
}

/** A bad image with the mask that a list names for it, if that is there. */
export const withMask = async (sample: Sample, path: string, found: Findings): Promise<Sample> => {
  if (await isFile(path)) return { ...sample, mask: { kind: 'file', path } }
  found.missing(path, `the mask of ${sample.image}`)
  return sample
}
