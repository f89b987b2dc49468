import { codedError } from '../errors/index.ts'
import type { ClipDimensions } from './clip/dimensions.ts'
import type { Activation } from './graph/ops/index.ts'
import type { MethodName } from './method-names.ts'
import { METHODS, type MethodSettings } from './methods/index.ts'
import type { PrecisionName } from './precision/index.ts'

/** What may be chosen when a model is built; the rest is the method's. */
export interface ChosenSettings {
  /** Side of the square that images are resized to. */
  readonly imageSize?: number
  /** Last vision layers with DPAM (the reference's `DPAM_layer` minus 1), for AnomalyCLIP alone. */
  readonly dpamLayers?: number
  /** Taps, counted from 1, for all but WinCLIP. */
  readonly features?: readonly number[]
  /** Layers behind the output `patches`, counted from 1. Default: at a quarter, half and three quarters of the depth. */
  readonly memoryLayers?: readonly number[]
  /** Of the Gaussian over the map, in its pixels; 0 = none. */
  readonly sigma?: number
  readonly attention?: MethodSettings['formulation']
  /** Default: what the weights were trained with, as far as they show it (`defaultActivation`). */
  readonly activation?: Activation
}

export interface ChosenPrecision {
  readonly precision: PrecisionName
  readonly attention: ChosenSettings['attention']
  /** Whether images are given for it. */
  readonly isCalibrated: boolean
  readonly isMeasured: boolean
}

/** What of a choice does not go with its precision; null where all of it does. It takes no weights to know. */
export const precisionMisuse = ({
  precision,
  attention,
  isCalibrated,
  isMeasured,
}: ChosenPrecision): string | null => {
  if (precision === 'fp32' && (isCalibrated || isMeasured))
    return 'images are given to calibrate or to measure drift with, and fp32 has neither: choose another precision, or leave them out.'
  if (precision === 'fp16' && isCalibrated)
    return 'images are given to calibrate with, and fp16 has nothing to calibrate; give them as images to measure drift on.'
  if ((precision === 'int8' || precision === 'int4') && attention === 'plain')
    return (
      `${precision} and plain attention are chosen: plain is for hosts without onnxruntime's own operators, and ${precision} is made of them. ` +
      'Take fused attention, or fp32 or fp16.'
    )
  return null
}

const optionError = (message: string) => codedError('MODEL_OPTIONS', message)

/** Layers in the order of the network, or an error that says which are there. */
const checkLayers = (option: string, wanted: readonly number[], layers: number): readonly number[] => {
  const wrong = wanted.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > layers)
  if (wrong !== undefined)
    throw optionError(`${option} names layer ${wrong}; this vision tower has layers 1 to ${layers}.`)
  if (new Set(wanted).size !== wanted.length)
    throw optionError(`${option} names a layer twice: ${wanted.join(',')}.`)
  return wanted.toSorted((a, b) => a - b)
}

/** @throws MODEL_OPTIONS where the method has no use for what was chosen, or the vision tower none such */
export const settingsOf = (
  method: MethodName,
  options: ChosenSettings,
  dimensions: ClipDimensions,
  isOpenAiArchive: boolean,
): MethodSettings => {
  const { layers, patch } = dimensions.vision
  const defaults = METHODS[method].defaults(dimensions)
  if (options.dpamLayers !== undefined && method !== 'anomalyclip')
    throw optionError(`DPAM layers are chosen, and ${method} has none: only anomalyclip has.`)
  if (options.features !== undefined && defaults.features.length === 0)
    throw optionError(`feature layers are chosen, and ${method} looks at the last layer alone.`)
  const { imageSize, dpamLayers, features, sigma } = { ...defaults, ...options }
  // Each of its taps has a layer that was learnt for it, in the order of the file.
  if (method === 'april-gan' && features.some((layer, i) => i > 0 && layer <= features[i - 1]!))
    throw optionError(
      `the feature layers are ${features.join(',')}; april-gan takes them in the order of the network.`,
    )
  if (!Number.isInteger(imageSize) || imageSize < patch || imageSize > 4096)
    throw optionError(
      `the image size is ${imageSize}; expected a whole number from the patch size ${patch} to 4096.`,
    )
  if (!Number.isInteger(dpamLayers) || dpamLayers < 0 || dpamLayers > layers)
    throw optionError(`the number of DPAM layers is ${dpamLayers}; this vision tower has ${layers} layers.`)
  if (!(sigma >= 0) || sigma > imageSize)
    throw optionError(`sigma is ${sigma}; expected 0 (no smoothing) up to the image size ${imageSize}.`)
  if (options.features?.length === 0)
    throw optionError('no feature layer is named; at least one tap is needed for a map.')
  const quarters = [1, 2, 3].map((quarter) => Math.round((quarter * layers) / 4)).filter((layer) => layer > 0)
  return {
    imageSize,
    dpamLayers,
    sigma,
    features: checkLayers('the list of feature layers', features, layers),
    memoryLayers: checkLayers(
      'the list of memory layers',
      options.memoryLayers ?? [...new Set(quarters)],
      layers,
    ),
    formulation: options.attention ?? 'fused',
    activation: options.activation ?? defaultActivation(method, { imageSize, dimensions, isOpenAiArchive }),
  }
}

/** Width, layers, patch and joint width of the vision towers that OpenAI published. */
const OPENAI = ['768,12,32,512', '768,12,16,512', '1024,24,14,768']

/** open_clip's ViT-B/16+, which was trained with GELU. */
const VIT_B_16_PLUS = '896,12,16,640'

/**
 * What the weights were trained with. Weights do not say it, so their shape has to: OpenAI's have QuickGELU and ViT-B/16+ GELU. WinCLIP's
 * published code takes GELU with anything else, and APRIL-GAN's towers run with GELU away from their native size, as its layers were
 * trained.
 */
const defaultActivation = (
  method: MethodName,
  {
    imageSize,
    dimensions: { vision, embed },
    isOpenAiArchive,
  }: { imageSize: number; dimensions: ClipDimensions; isOpenAiArchive: boolean },
): Activation => {
  const shape = [vision.width, vision.layers, vision.patch, embed].join()
  if (shape === VIT_B_16_PLUS) return 'gelu'
  if (method === 'april-gan') return imageSize === vision.grid * vision.patch ? 'quickgelu' : 'gelu'
  if (method === 'winclip' && !isOpenAiArchive && !OPENAI.includes(shape)) return 'gelu'
  return 'quickgelu'
}
