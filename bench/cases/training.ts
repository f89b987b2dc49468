/** A whole training, and the same one with the features computed in every epoch, as the published code computes them. */
import { join } from 'node:path'
import { givenDataset } from '../../cli/dataset.ts'
import { trainingImages } from '../../cli/train/images.ts'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { makeFolder } from '../../models/make-folder.ts'
import { openWeights } from '../../models/weights/index.ts'
import type { FeatureCache } from '../../training/data/cache.ts'
import { featureSource } from '../../training/data/feature-source.ts'
import { fingerprints } from '../../training/data/prepare.ts'
import { train } from '../../training/index.ts'
import { learn } from '../../training/learn.ts'
import { anomalyClipLearning } from '../../training/methods/anomalyclip.ts'
import { trainingSettings } from '../../training/settings.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface TrainingRun {
  readonly images: number
  /** Of both. */
  readonly epochs: number
  /** Of `anomalyclip train` from reading the weights to the result, features computed once. */
  readonly cachedMs: number
  /** Its part until all features are there. */
  readonly featuresMs: number
  /** The same with features computed in every epoch. */
  readonly recomputedMs: number
  /** Losses of the last epoch, which are the same both ways. */
  readonly loss: number
  readonly peakMB: number
}

const {
  clip: file,
  root,
  scratch,
  epochs,
} = caseArguments<{
  clip: string
  root: string
  scratch: string
  epochs: number
}>()
const images = trainingImages(await givenDataset({ dataset: 'mvtec', root }, (path) => path))
const { signal } = new AbortController()
const common = { epochs, signal }

let featuresMs = Number.NaN
let loss = Number.NaN
const start = performance.now()
await train({
  ...common,
  method: 'anomalyclip',
  clip: file,
  images,
  output: join(scratch, 'cached'),
  onProgress: (at) => {
    if (at.kind === 'start') featuresMs = performance.now() - start
    if (at.kind === 'epoch') loss = at.losses.images + at.losses.maps!
  },
})
const cachedMs = performance.now() - start
const peakMB = peakMegabytes()

const forgetful: FeatureCache = { has: () => false, get: async () => null, put: async () => {} }
let recomputedLoss = Number.NaN
const recomputedMs = await msOf(async () => {
  const clip = await openWeights(file)
  const dimensions = clipDimensions(clip)
  const learning = await anomalyClipLearning({ clip, dimensions, init: null }, {})
  const settings = trainingSettings(
    { method: 'anomalyclip' },
    { dimensions, isOpenAiArchive: false, sizes: learning.sizes, clip: '', init: null },
  )
  const output = join(scratch, 'recomputed')
  await makeFolder(join(output, 'checkpoints'))
  const withMaps = true
  const source = featureSource({
    clip,
    dimensions,
    settings,
    withMaps,
    cache: forgetful,
    folder: output,
    signal,
  })
  const { readable } = await fingerprints(images, signal)
  const parts = { training: readable, validation: [] }
  const { epochs: done } = await learn(
    { ...common, learning, settings, parts, source, withMaps, output, onProgress: () => {} },
    null,
  )
  const last = done.at(-1)!
  recomputedLoss = last.images + last.maps!
  await source.release()
  await clip.close()
})
if (recomputedLoss !== loss)
  throw new Error(
    `the last loss is ${loss} with features kept and ${recomputedLoss} with features computed anew`,
  )
console.log(
  JSON.stringify({
    images: images.length,
    epochs,
    cachedMs,
    featuresMs,
    recomputedMs,
    loss,
    peakMB,
  } satisfies TrainingRun),
)
