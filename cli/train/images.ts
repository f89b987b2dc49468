import {
  checkMaskSize,
  fingerprintOf,
  loadTruth,
  nameOf,
  pixelsOf,
  readSample,
  type Sample,
} from '../../evaluation/datasets/index.ts'
import { classNameInPrompts } from '../../models/class-names.ts'
import type { TrainingImage } from '../../training/index.ts'
import type { GivenDataset } from '../dataset.ts'

/** What stands in prompts where nobody has said it. */
const CLASS_NAME = 'object'

/** The images of a data set as training takes them. */
export const trainingImages = ({ categories, base }: GivenDataset): TrainingImage[] =>
  categories.flatMap(({ className, samples }) =>
    samples.map((sample) => ({
      name: nameOf(sample, base),
      label: sample.label,
      className: classNameInPrompts('coop', className ?? CLASS_NAME),
      isDrawn: sample.label === 1 && sample.mask !== undefined,
      fingerprint: () => fingerprintOf(sample),
      read: (maskSide) => readImage(sample, maskSide),
    })),
  )

const readImage: (sample: Sample, maskSide: number | null) => ReturnType<TrainingImage['read']> = async (
  sample,
  maskSide,
) => {
  const { data } = await readSample(sample)
  const { whole, ...pixels } = await pixelsOf(sample, data)
  const truth = maskSide === null ? null : await loadTruth(sample, maskSide)
  if (truth?.drawn) checkMaskSize(sample, truth.drawn, whole)
  if (truth?.remark) throw truth.remark
  return { ...pixels, mask: truth?.mask?.data ?? null }
}
