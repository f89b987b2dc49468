import { join } from 'node:path'
import { measure, stepsOf } from '../../evaluation/metrics/index.ts'
import { settingsOf } from '../../models/build-settings.ts'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { encodeTexts } from '../../models/clip/encode-text.ts'
import { METHODS, type MethodFiles, methodGraph } from '../../models/methods/index.ts'
import { Tensor } from '../../models/onnxruntime.ts'
import { thisPackage } from '../../models/package.ts'
import { openWeights, writeTorch } from '../../models/weights/index.ts'
import { train } from '../../training/index.ts'
import { anomalyClipLearning } from '../../training/methods/anomalyclip.ts'
import { type GraphSession, openGraph } from '../../training/session.ts'
import { type DrawnImage, drawnImages } from './training-images.ts'

export interface GainOptions {
  /** Images to train on, and others to measure on. */
  readonly training: number
  readonly heldOut: number
  readonly epochs: number
}

/** 0..1 */
export interface Aurocs {
  readonly image: number
  readonly pixel: number
}

export interface Gain {
  readonly seed: number
  readonly untrained: Aurocs
  readonly trained: Aurocs
}

const NANO = join(thisPackage.root, 'models', 'nano')
const CLIP = join(NANO, 'clip-nano.safetensors')
const TOWERS = { imageSize: 224, dpamLayers: 2, features: [6] } as const
const SIGMA = 6
const DEPTH = 4

/** The captions that nano's README compares with. */
const CAPTIONS = ['a photo of a object.', 'a photo of a damaged object.']

/** Every second pixel of every second row: as good, at a quarter of the time. */
const STRIDE = 2

/** Trains nano's prompts from random ones, and measures before and after on textures that are not in the training. */
export const measureGain = async (
  folder: string,
  seeds: readonly number[],
  { training, heldOut, epochs }: GainOptions,
): Promise<{ readonly gains: Gain[]; readonly delivered: Aurocs; readonly captions: Aurocs }> => {
  const clip = await openWeights(CLIP)
  const dimensions = clipDimensions(clip)
  const settings = settingsOf('anomalyclip', { ...TOWERS, sigma: SIGMA }, dimensions, false)
  const files: MethodFiles = {
    clip,
    dimensions,
    prompts: null,
    linear: null,
    activation: settings.activation,
  }
  const method = METHODS.anomalyclip
  const graph = methodGraph(method, files, null, { ...settings, memoryLayers: [] })
  const session = await openGraph(graph, { folder, device: 'cpu', signal: new AbortController().signal })
  const others = drawnImages(heldOut, TOWERS.imageSize, { seed: 99, textures: [1] })

  const ofText = (text: Float32Array): Promise<Aurocs> => aurocs(session, text, others)
  const ofPrompts = async (file: string): Promise<Aurocs> => {
    const prompts = await openWeights(file)
    try {
      return await ofText(await method.textFeatures({ ...files, prompts }, ''))
    } finally {
      await prompts.close()
    }
  }
  const gainOf = async (seed: number): Promise<Gain> => {
    const learning = await anomalyClipLearning({ clip, dimensions, init: null }, { depth: DEPTH })
    const start = join(folder, `untrained-${seed}.pth`)
    await writeTorch(
      start,
      await learning.checkpoint(await learning.start(seed), { epoch: 0, classNames: [] }),
    )
    const { prompts } = await train({
      ...TOWERS,
      method: 'anomalyclip',
      clip: CLIP,
      images: drawnImages(training, TOWERS.imageSize, { seed: 7, textures: [0, 2, 3] }),
      output: join(folder, `seed-${seed}`),
      cache: join(folder, 'features'),
      depth: DEPTH,
      seed,
      epochs,
    })
    return { seed, untrained: await ofPrompts(start), trained: await ofPrompts(prompts) }
  }
  try {
    const gains: Gain[] = []
    for (const seed of seeds) gains.push(await gainOf(seed))
    const texts = await encodeTexts(clip, dimensions, CAPTIONS, settings.activation)
    return {
      gains,
      delivered: await ofPrompts(join(NANO, 'prompts-nano.pth')),
      captions: await ofText(Float32Array.from(texts.flatMap((row) => [...normalized(row)]))),
    }
  } finally {
    await session.close()
    await clip.close()
  }
}

const normalized = (row: Float32Array): Float32Array => {
  const length = Math.hypot(...row)
  return row.map((value) => value / length)
}

/** @param text [2, embed] */
const aurocs = async (
  session: GraphSession,
  text: Float32Array,
  images: readonly DrawnImage[],
): Promise<Aurocs> => {
  const side = TOWERS.imageSize
  const [scores, labels, pixels, truth]: number[][] = [[], [], [], []]
  for (const image of images) {
    const { data, mask } = await image.read(side)
    const { score, map } = await session.run({
      image: new Tensor('uint8', data, [1, side, side, 3]),
      text: new Tensor('float32', text, [2, text.length / 2]),
    })
    scores!.push((score!.data as Float32Array)[0]!)
    labels!.push(image.label)
    for (let y = 0; y < side; y += STRIDE)
      for (let x = 0; x < side; x += STRIDE) {
        pixels!.push((map!.data as Float32Array)[y * side + x]!)
        truth!.push(mask![y * side + x]!)
      }
  }
  const area = (values: readonly number[], isBad: readonly number[]): number => {
    const { steps, totals } = stepsOf(values, isBad as (0 | 1)[])
    return measure(steps, totals).auroc!
  }
  return { image: area(scores!, labels!), pixel: area(pixels!, truth!) }
}
