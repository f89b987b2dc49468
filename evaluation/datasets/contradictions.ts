import { mapInOrder } from '../../engine/in-order.ts'
import { readMask } from './mask.ts'
import type { Findings, Sample } from './types.ts'

/** libvips decodes each in a thread of its own. */
const IN_FLIGHT = 4

/**
 * Takes away the masks that contradict their images: black all over of a bad one, whose pixels would all count as good, and
 * not black of a good one. What does not decode stays: that shows when the sample is loaded. Each mask is decoded here once
 * more than for its truth, which is little beside a model's work, so that everything that is wrong is known beforehand.
 */
export const withoutContradictions = async (
  samples: readonly Sample[],
  found: Findings,
): Promise<Sample[]> => {
  const checked: Sample[] = []
  for await (const { sample, isDrawn } of mapInOrder(samples, IN_FLIGHT, lookAt)) {
    const { mask, ...bare } = sample
    if (!mask || isDrawn === null || isDrawn === (sample.label === 1)) checked.push(sample)
    else {
      found.contradiction(mask.kind === 'file' ? mask.path : sample.image, sample)
      checked.push(bare)
    }
  }
  return checked
}

/** null where there is nothing to see, and of parts of an image: their labels are taken from the mask. */
const lookAt = async (sample: Sample): Promise<{ sample: Sample; isDrawn: boolean | null }> => {
  const { mask, crop } = sample
  if (!mask || crop) return { sample, isDrawn: null }
  try {
    return { sample, isDrawn: (await readMask(mask)).data.includes(1) }
  } catch {
    return { sample, isDrawn: null }
  }
}
