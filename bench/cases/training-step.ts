/** One step of training AnomalyCLIP's prompts, and the same step in PyTorch, turn by turn. */
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { tokenize } from '../../models/clip/tokenizer.ts'
import { ENDINGS } from '../../models/methods/prompt-features.ts'
import { openWeights } from '../../models/weights/index.ts'
import type { BatchItem } from '../../training/data/batch.ts'
import { newLearnt, valuesOf } from '../../training/learnt.ts'
import { anomalyClipLearning } from '../../training/methods/anomalyclip.ts'
import { normals, randomFor } from '../../training/random.ts'
import { trainingSettings } from '../../training/settings.ts'
import { openStepper } from '../../training/stepper.ts'
import { alternating, caseArguments, msOf } from '../measure.ts'
import type { PeerFacts } from '../pytorch.ts'
import { startStep } from '../pytorch-step.ts'

export interface TrainingStepRun {
  readonly threads: number
  readonly taps: number
  /** Tokens that ours computes of a prompt: as many as there are up to the end token of the longer one. */
  readonly tokens: number
  /** null where PyTorch is not installed. */
  readonly pyTorch: PeerFacts | null
  readonly rounds: readonly {
    readonly ours: number
    /** PyTorch with all 77 tokens, as the published code has it, and with no more than ours. */
    readonly whole?: number
    readonly short?: number
  }[]
}

/** Threads of either side spin for a while when they are done. */
const PAUSE_MS = 300
/** Even, so that ours comes first in the first round. */
const WARM_UP = 2
/** How far losses of the first step may lie apart: with other sums in another order, and no more. */
const TOLERANCE = 1e-3

const {
  clip: file,
  images,
  taps,
  rounds,
} = caseArguments<{
  clip: string
  images: number
  taps: number
  rounds: number
}>()
const clip = await openWeights(file)
const dimensions = clipDimensions(clip)
const learning = await anomalyClipLearning({ clip, dimensions, init: null }, {})
const { layers } = dimensions.vision
const settings = trainingSettings(
  {
    method: 'anomalyclip',
    features: Array.from({ length: taps }, (_, i) => ((i + 1) * layers) / taps),
    activation: 'quickgelu',
  },
  { dimensions, isOpenAiArchive: true, sizes: learning.sizes, clip: '', init: null },
)
const { imageSize, learningRate } = settings
const grid = Math.floor(imageSize / dimensions.vision.patch)

const rowsOfLength1 = (count: number, ...purpose: (string | number)[]): Float32Array => {
  const rows = normals(count * dimensions.embed, 1, randomFor(1, ...purpose))
  for (let start = 0; start < rows.length; start += dimensions.embed) {
    const row = rows.subarray(start, start + dimensions.embed)
    const length = Math.hypot(...row)
    for (let i = 0; i < row.length; i++) row[i]! /= length
  }
  return rows
}
const items = Array.from({ length: images }, (_, i): BatchItem => {
  const random = randomFor(1, 'mask', i)
  const [left, top] = [random() * imageSize, random() * imageSize]
  const isDefect = (_: number, pixel: number) =>
    i % 2 === 1 &&
    Math.abs((pixel % imageSize) - left) < imageSize / 9 &&
    Math.abs(Math.floor(pixel / imageSize) - top) < imageSize / 9
  return {
    features: {
      image: rowsOfLength1(1, 'image', i),
      patches: rowsOfLength1(taps * grid ** 2, 'patches', i),
      mask: Uint8Array.from({ length: imageSize ** 2 }, (_, pixel) => Number(isDefect(0, pixel))),
    },
    label: i % 2 === 1 ? 1 : 0,
    className: 'object',
  }
})

const folder = mkdtempSync(join(tmpdir(), 'anomalyclip-bench-'))
const optimiser = learning.optimiser(learningRate)
const learnt = newLearnt(await learning.start(settings.seed), optimiser)
const put = (name: string, arrays: readonly ArrayLike<number>[]) =>
  writeFile(
    join(folder, name),
    arrays.map((array) => new Uint8Array(Float32Array.from(array).buffer)),
  )
try {
  for (const [name, value] of valuesOf(learnt)) await put(name, [value])
  await put(
    'images',
    items.map(({ features }) => features.image),
  )
  await put(
    'patches',
    items.map(({ features }) => features.patches!),
  )
  await put(
    'masks',
    items.map(({ features }) => features.mask!),
  )
  const placeholders = 'X '.repeat(learning.sizes.context)
  const ids = ENDINGS.map((ending) => tokenize(`${placeholders}${ending}`))
  const tokens = Math.max(...ids.map(({ length }) => length))
  const threads = availableParallelism()
  const peer = await startStep(folder, {
    clip: file,
    threads,
    width: dimensions.text.width,
    layers: dimensions.text.layers,
    embed: dimensions.embed,
    images,
    taps,
    grid,
    imageSize,
    labels: items.map(({ label }) => label),
    ids,
    shapes: Object.fromEntries(learning.shapes),
    learningRate,
  })
  const stepper = await openStepper(
    await learning.step(settings, { withMaps: true, classNames: [] }),
    learning.shapes,
    { imageSize, taps, classNames: [] },
    { folder, device: settings.device, signal: new AbortController().signal },
  )
  let steps = 0
  let losses = { images: Number.NaN, maps: Number.NaN }
  const ours = () =>
    msOf(async () => {
      const found = await stepper.run(learnt, items)
      steps++
      for (const [name, { value, moments }] of learnt)
        optimiser.step(value, found.gradients.get(name)!, moments, steps)
      losses = { images: found.losses.images, maps: found.losses.maps! }
    })
  const theirs = (count: number) => async (isFirst: boolean) => {
    const found = await peer!.ask(count)
    for (const part of ['images', 'maps'] as const)
      if (isFirst && !(Math.abs(found.losses[part] / losses[part] - 1) < TOLERANCE))
        throw new Error(`the loss of the ${part} is ${losses[part]} here, ${found.losses[part]} in PyTorch`)
    return found.ms
  }
  const ways = { ours, whole: theirs(dimensions.text.context), short: theirs(tokens) }
  const names = peer === null ? (['ours'] as const) : (['ours', 'whole', 'short'] as const)
  const measured = []
  // Two rounds are warm-up and not kept; the losses of the first are compared.
  for (let round = -WARM_UP; round < rounds; round++) {
    const ms: Partial<Record<keyof typeof ways, number>> = {}
    for (const name of alternating(names, round)) {
      ms[name] = await ways[name](round === -WARM_UP)
      await sleep(PAUSE_MS)
    }
    if (round >= 0) measured.push({ ...ms, ours: ms.ours! })
  }
  await stepper.close()
  peer?.stop()
  console.log(
    JSON.stringify({
      threads,
      taps,
      tokens,
      pyTorch: peer?.facts ?? null,
      rounds: measured,
    } satisfies TrainingStepRun),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
  await clip.close()
}
