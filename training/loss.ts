import type { Value } from '../models/graph/index.ts'
import { add, addScalar, div, log, mul, reshape, scale, sum } from '../models/graph/ops/index.ts'

/** Added to probabilities and to one-hot targets. Source: AnomalyCLIP's published training (`FocalLoss`). */
const FOCAL_SMOOTH = 1e-5
/** Added above and below the fraction bar. Source: the same (`BinaryDiceLoss`). */
const DICE_SMOOTH = 1

/**
 * Cross-entropy of probabilities, for each image.
 * @param probabilities [N, 2] @param target one-hot [N, 2]
 * @returns [N]
 */
export const crossEntropy = (probabilities: Value, target: Value): Value =>
  scale(sum(mul(target, log(probabilities)), 1), -1)

/**
 * Focal loss with γ = 2, for each image the mean over its pixels: −(1 − p_t)² log p_t, where p_t = t₀ p₀ + t₁ p₁ + 1e-5 and the one-hot t is cut to
 * 1e-5 … 1 − 1e-5. Source: Lin et al., ICCV 2017, as AnomalyCLIP's training has it.
 * @param normal p₀ [N, S, S] @param abnormal p₁ @param mask 1 = anomalous
 * @returns [N]
 */
export const focal = (normal: Value, abnormal: Value, mask: Value): Value => {
  const target = addScalar(scale(mask, 1 - 2 * FOCAL_SMOOTH), FOCAL_SMOOTH)
  const hit = addScalar(add(mul(inverse(target), normal), mul(target, abnormal)), FOCAL_SMOOTH)
  const miss = inverse(hit)
  return scale(meanOfPixels(mul(mul(miss, miss), log(hit))), -1)
}

/**
 * Dice loss, for each image: 1 − (2 Σ p t + 1) / (Σ p + Σ t + 1).
 * @param probability [N, S, S] @param mask 1 where it should be 1
 * @returns [N]
 */
export const dice = (probability: Value, mask: Value): Value => {
  const overlap = addScalar(scale(sumOfPixels(mul(probability, mask)), 2), DICE_SMOOTH)
  const both = addScalar(add(sumOfPixels(probability), sumOfPixels(mask)), DICE_SMOOTH)
  return inverse(div(overlap, both))
}

/** 1 − x */
export const inverse = (x: Value): Value => addScalar(scale(x, -1), 1)

/** [N, S, S] → [N] */
const sumOfPixels = (maps: Value): Value => {
  const [batch, height, width] = maps.shape
  return sum(reshape(maps, [batch!, Number(height) * Number(width)]), 1)
}

const meanOfPixels = (maps: Value): Value => {
  const [, height, width] = maps.shape
  return scale(sumOfPixels(maps), 1 / (Number(height) * Number(width)))
}

/** Of a value of each image [N] and each image's share in the batch [N] → [1]. */
export const weighted = (ofEach: Value, shares: Value): Value => reshape(sum(mul(ofEach, shares), 0), [1])
