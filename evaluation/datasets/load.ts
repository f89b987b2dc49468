import { createHash } from 'node:crypto'
import { DEFAULT_LIMITS, decodeImage } from '../../engine/image/index.ts'
import type { ImageInput } from '../../engine/types.ts'
import type { Size } from '../../inspection/types.ts'
import { cutBand } from './band.ts'
import { readData } from './mask.ts'
import type { MaskSource, Sample } from './types.ts'

/** An image file as it lies there. */
export interface SampleFile {
  readonly data: Uint8Array
  /** Of these bytes; samples cut from one image share it. */
  readonly sha256: string
}

/** @throws DATASET_FILE_MISSING */
export const readSample = async ({ image }: Pick<Sample, 'image'>): Promise<SampleFile> => {
  const data = await readData(image)
  return { data, sha256: createHash('sha256').update(data).digest('hex') }
}

/** Changes with whatever changes the pixels of a sample or its mask; nothing is decoded. @throws DATASET_FILE_MISSING */
export const fingerprintOf = async (sample: Sample): Promise<string> => {
  const { crop, mask } = sample
  const image = (await readSample(sample)).sha256
  return JSON.stringify([image, crop ? [crop.index, crop.of] : null, mask ? await maskSha256(mask) : null])
}

const maskSha256 = async (mask: MaskSource): Promise<string> =>
  mask.kind === 'file'
    ? (await readSample({ image: mask.path })).sha256
    : createHash('sha256').update(JSON.stringify(mask)).digest('hex')

/** What an engine is to inspect. */
export interface SampleInput {
  readonly input: ImageInput
  /** Of the whole image; null while only the engine, which decodes it, can say. */
  readonly whole: Size | null
}

/**
 * A whole image goes to the engine as it is, so that its process decodes while this one works on something else; one that is cut is decoded here.
 * @throws of one that is cut IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export const inputOf = async (sample: Sample, { data }: SampleFile): Promise<SampleInput> => {
  if (!sample.crop) return { input: { kind: 'encoded', data }, whole: null }
  const { whole, ...raw } = await pixelsOf(sample, data)
  return { input: { kind: 'raw', channels: 3, ...raw }, whole }
}

/**
 * The pixels that the model saw: RGB, interleaved, cut as the sample is.
 * @throws IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export const pixelsOf = async (
  { crop }: Sample,
  data: Uint8Array,
): Promise<Size & { readonly data: Uint8Array; readonly whole: Size }> => {
  const { width, height, rgb } = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  return { ...cutBand({ width, height, data: rgb }, crop), whole: { width, height } }
}
