import type { Engine } from '../../engine/types.ts'
import { codedError } from '../../errors/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import { checkMaskSize, inputOf, loadTruth, readSample, type Sample } from '../datasets/index.ts'
import { type KeyParts, keyOf, type Result, type ResultCache } from './cache.ts'

/** Who inspects, and under which circumstances. */
export interface Inspector extends Pick<KeyParts, 'model' | 'device'> {
  readonly engine: Pick<Engine, 'infer'>
  readonly cache: ResultCache
  readonly signal: AbortSignal
}

export interface Inspected {
  readonly result: Result
  /** At the map's size; null where nobody has drawn the defect. */
  readonly truth: Mask | null
  /** What of mask and label does not go together, in words. */
  readonly remark: string | null
  readonly isFromCache: boolean
}

/**
 * Inspects one sample, or takes from the cache what is known of it, while its truth is loaded.
 * @throws DATASET_…, IMAGE_…, MASK_RLE, EVALUATION_MAP for the sample's sake, ENGINE_… for the engine's; EVALUATION_OUTPUT
 */
export const inspectSample = async (
  sample: Sample,
  className: string | null,
  inspector: Inspector,
): Promise<Inspected> => {
  const pending = loadTruth(sample, inspector.model.imageSize)
  // What is wrong with the image comes first, so that two runs name the same.
  pending.catch(() => {})
  const { result, isFromCache } = await resultOf(sample, className, inspector)
  const truth = await pending
  if (truth.drawn) checkMaskSize(sample, truth.drawn, result.image)
  return { result, truth: truth.mask, remark: truth.remark?.message ?? null, isFromCache }
}

const resultOf = async (
  sample: Sample,
  className: string | null,
  { engine, cache, signal, model, device }: Inspector,
): Promise<{ readonly result: Result; readonly isFromCache: boolean }> => {
  const file = await readSample(sample)
  const key = keyOf({ sha256: file.sha256, crop: sample.crop, className, model, device })
  const known = await cache.get(key)
  if (known) return { result: known, isFromCache: true }
  const { input, whole } = await inputOf(sample, file)
  const { score, map, image } = await engine.infer({
    image: input,
    ...(className === null ? {} : { className }),
    signal,
  })
  if (!Number.isFinite(score) || !hasNumbers(map))
    throw codedError(
      'EVALUATION_MAP',
      `the score is ${score}, and it or a value of the map is no finite number. Check the model with "anomalyclip info".`,
    )
  const result = { score, map, image: whole ?? { width: image.width, height: image.height } }
  await cache.put(key, result)
  return { result, isFromCache: false }
}

const hasNumbers = ({ data }: AnomalyMap): boolean => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false
  return true
}
