import { codedError } from '../../errors/index.ts'
import { HEAD_WIDTH } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'

/** Sizes of a CLIP, read off its tensors. */
export interface ClipDimensions {
  readonly vision: {
    readonly width: number
    readonly layers: number
    readonly patch: number
    readonly grid: number
  }
  readonly text: { readonly width: number; readonly layers: number; readonly context: number }
  /** Width of the joint space. */
  readonly embed: number
}

const countLayers = (weights: WeightsFile, prefix: string): number => {
  let layers = 0
  while (weights.has(`${prefix}.${layers}.ln_1.weight`)) layers += 1
  return layers
}

const wrongShape = (weights: WeightsFile, name: string, expected: string) =>
  codedError(
    'WEIGHTS_TENSOR_SHAPE',
    `tensor "${name}" of ${weights.file} is [${weights.info(name).shape.join(', ')}]; expected ${expected}. ` +
      'Only CLIP models with a vision transformer can be built.',
  )

/** Shape of a tensor that must have so many axes. */
const shapeOf = (weights: WeightsFile, name: string, axes: number, expected: string): readonly number[] => {
  const { shape } = weights.info(name)
  if (shape.length !== axes) throw wrongShape(weights, name, expected)
  return shape
}

/**
 * Reads the dimensions of both towers.
 * @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_TENSOR_SHAPE where the file holds no CLIP that we can build
 */
export const clipDimensions = (weights: WeightsFile): ClipDimensions => {
  const [width, , patch] = shapeOf(weights, 'visual.conv1.weight', 4, '[width, 3, patch, patch]')
  const [positions] = shapeOf(weights, 'visual.positional_embedding', 2, '[1 + grid², width]')
  const [, embed] = shapeOf(weights, 'visual.proj', 2, '[width, embed]')
  const [context, textWidth] = shapeOf(weights, 'positional_embedding', 2, '[context, width]')
  const grid = Math.sqrt(positions! - 1)
  if (!Number.isInteger(grid))
    throw wrongShape(weights, 'visual.positional_embedding', 'one row more than a square')
  if (width! % HEAD_WIDTH !== 0)
    throw wrongShape(weights, 'visual.conv1.weight', `a width divisible by ${HEAD_WIDTH}`)
  if (textWidth! % HEAD_WIDTH !== 0)
    throw wrongShape(weights, 'positional_embedding', `a width divisible by ${HEAD_WIDTH}`)
  const vision = countLayers(weights, 'visual.transformer.resblocks')
  const text = countLayers(weights, 'transformer.resblocks')
  if (vision === 0) weights.info('visual.transformer.resblocks.0.ln_1.weight')
  if (text === 0) weights.info('transformer.resblocks.0.ln_1.weight')
  return {
    vision: { width: width!, layers: vision, patch: patch!, grid },
    text: { width: textWidth!, layers: text, context: context! },
    embed: embed!,
  }
}
