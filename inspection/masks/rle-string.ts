import { codedError } from '../../errors/index.ts'

/**
 * Run lengths as the text of COCO's compressed RLE. From the fourth count on the difference to the count before last is
 * written; each number in groups of 5 bits, the lowest first, two's complement, as characters from "0" (48) on; bit 6
 * says that more groups follow. Source: the format of `rleToString` in cocoapi, common/maskApi.c.
 * @example compressCounts([5, 2, 2, 2, 2, 2, 8, 1]) // '5220006O', as pycocotools has it
 */
export const compressCounts = (counts: readonly number[]): string => {
  let text = ''
  for (let place = 0; place < counts.length; place++) {
    let rest = place > 2 ? counts[place]! - counts[place - 2]! : counts[place]!
    for (let hasMore = true; hasMore; ) {
      const group = rest & 0x1f
      rest >>= 5
      // Done when what is left is only the sign that bit 5 of this group already shows.
      hasMore = rest !== ((group & 0x10) === 0 ? 0 : -1)
      text += String.fromCharCode(48 + group + (hasMore ? 0x20 : 0))
    }
  }
  return text
}

/** Seven groups are 35 bits: more than any count has. */
const MAX_GROUPS = 7

/**
 * The reverse of `compressCounts`.
 * @throws MASK_RLE for a character outside of the format, or text that ends within a number
 */
export const expandCounts = (text: string): number[] => {
  const counts: number[] = []
  for (let at = 0; at < text.length; ) {
    let value = 0
    let scale = 1
    let group = 0x20
    for (let groups = 0; (group & 0x20) !== 0; groups++) {
      group = text.charCodeAt(at++) - 48
      if (!(group >= 0 && group < 64) || groups === MAX_GROUPS)
        throw codedError(
          'MASK_RLE',
          `compressed run lengths break off or go wrong at character ${at} of ${text.length}, expected characters from ` +
            '"0" to "o". Pass the text as it was encoded.',
        )
      value += (group & 0x1f) * scale
      scale *= 32
    }
    if ((group & 0x10) !== 0) value -= scale
    counts.push(counts.length > 2 ? value + counts.at(-2)! : value)
  }
  return counts
}
