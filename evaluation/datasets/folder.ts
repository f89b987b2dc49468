import { basename, join, resolve } from 'node:path'
import { foldersIn, stemOf } from './files.ts'
import { masksIn, plainSamples } from './pairs.ts'
import type { Findings, Reader, Sample } from './types.ts'

const SUFFIXES = ['', '_mask']

/**
 * `good/`, `bad/` and, where there are masks, `masks/` with the images' base names, in any case; one category, named after
 * the root. Either of good and bad may be missing. A mask of a name that both have is the bad image's.
 */
export const folder: Reader = async (root, found) => {
  const there = (await foldersIn(root)) ?? []
  const [good, bad, masks] = ['good', 'bad', 'masks'].map((name) => folderNamed(root, name, there, found))
  if (!good && !bad) found.missing(join(root, 'good'), 'it should hold the good images, and bad/ the others')
  const goodOnes = good ? await plainSamples(good, 0, 'good', found) : []
  const badOnes = bad ? await plainSamples(bad, 1, 'bad', found) : []
  const drawn = masks ? await masksIn(masks, found) : undefined
  if (!drawn || !masks) return [categoryOf(root, [...goodOnes, ...badOnes])]
  const drawnBad = badOnes.map((sample) => {
    const mask = drawn.take(sample, SUFFIXES)
    if (!mask) found.missing(join(masks, `${stemOf(sample.image)}.*`), `the mask of ${sample.image}`)
    return mask ?? sample
  })
  const stems = new Set(badOnes.map(({ image }) => stemOf(image)))
  const drawnGood = goodOnes.map((sample) =>
    stems.has(stemOf(sample.image)) ? sample : (drawn.take(sample, SUFFIXES) ?? sample),
  )
  drawn.nameStrays(bad ?? join(root, 'bad'))
  return [categoryOf(root, [...drawnGood, ...drawnBad])]
}

const categoryOf = (root: string, samples: readonly Sample[]) => ({
  name: basename(resolve(root)),
  className: null,
  samples,
})

/** The folder of that name, in lower case rather than in another. */
const folderNamed = (
  root: string,
  wanted: string,
  there: readonly string[],
  found: Findings,
): string | undefined => {
  // Capitals sort first.
  const [name, ...others] = there.filter((each) => each.toLowerCase() === wanted).reverse()
  if (others.length > 0) found.ambiguous(join(root, others[0]!), `${name} beside it was taken`)
  return name && join(root, name)
}
