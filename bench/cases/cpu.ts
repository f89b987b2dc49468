/** ViT-L held against the matrix rate of the machine and against PyTorch, all turn by turn. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { coreCount } from '../../models/cores.ts'
import { METHODS } from '../../models/methods/index.ts'
import { readManifest } from '../../models/open.ts'
import { openWeights } from '../../models/weights/index.ts'
import { openBare } from '../bare.ts'
import { flopsOfModel } from '../flops.ts'
import { openMatrixRate } from '../matrix-rate.ts'
import { alternating, caseArguments, peakMegabytes, settled } from '../measure.ts'
import { startVision, type VisionFacts } from '../pytorch-vision.ts'

interface PyTorchRun extends VisionFacts {
  /** Of a process that loads as published and inspects an image. */
  readonly peakMB: number
  /** Of one that reads its weights tensor by tensor. */
  readonly sparingPeakMB: number
}

export interface CpuRun {
  readonly threads: number
  /** Of matrix products for one image. */
  readonly flops: number
  readonly loadMs: number
  readonly peakMB: number
  /** null where PyTorch is not installed. */
  readonly pyTorch: PyTorchRun | null
  readonly rounds: readonly {
    /** Floating-point operations a second of the products alone. */
    readonly rate: number
    /** ms of an image each */
    readonly ours: number
    readonly theirs?: number
  }[]
}

/** How far score and map may lie apart: sums in another order through 24 layers, and no more. */
const TOLERANCE = 1e-3

const {
  folder: model,
  clip: clipFile,
  prompts: promptsFile,
  image,
  rounds,
} = caseArguments<{ folder: string; clip: string; prompts: string; image: string; rounds: number }>()

const session = await openBare(model)
const pixels = await session.pixelsOf(image)
const found = await session.inspect(pixels)
await session.run(pixels)
// Before anything else takes memory in this process.
const peakMB = peakMegabytes()

const manifest = await readManifest(model)
const clip = await openWeights(clipFile)
const prompts = await openWeights(promptsFile)
const dimensions = clipDimensions(clip)
const { imageSize, features, dpamLayers, sigma, activation } = manifest
const files = { clip, dimensions, prompts, linear: null, activation }
const text = await METHODS.anomalyclip.textFeatures(files, '')
const flops = flopsOfModel(manifest, clip, dimensions)

const folder = mkdtempSync(join(tmpdir(), 'anomalyclip-bench-'))
try {
  const rate = await openMatrixRate(folder)
  await writeFile(join(folder, 'image'), pixels)
  await writeFile(join(folder, 'text'), new Uint8Array(text.buffer))
  const threads = coreCount() || availableParallelism()
  const { width, layers, patch } = dimensions.vision
  const startPeer = (isFor: 'time' | 'memory', loadsAsPublished: boolean) => {
    const task = {
      ...{ clip: clipFile, threads, width, layers, patch, embed: dimensions.embed },
      ...{ imageSize, features, dpamLayers, sigma, loadsAsPublished },
    }
    return startVision(folder, task, isFor)
  }
  const peakOf = async (loadsAsPublished: boolean): Promise<number> => {
    const peer = await startPeer('memory', loadsAsPublished)
    const answer = await peer?.ask('')
    peer?.stop()
    return answer?.peakMB ?? 0
  }
  const peaks = { peakMB: await peakOf(true), sparingPeakMB: await peakOf(false) }
  const peer = await startPeer('time', false)
  const ways = {
    rate: () => rate.measure(),
    ours: () => session.run(pixels),
    theirs: () => peer!.ask(''),
  }
  if (peer !== null) {
    const { score } = await ways.theirs()
    const map = new Float32Array(readFileSync(join(folder, 'map')).buffer.slice(0))
    const off = found.map.reduce((most, value, i) => Math.max(most, Math.abs(value - map[i]!)), 0)
    if (!(Math.abs(score - found.score) < TOLERANCE && off < TOLERANCE))
      throw new Error(`the score is ${found.score} here and ${score} in PyTorch, the map is off by ${off}`)
  }
  const names = peer === null ? (['rate', 'ours'] as const) : (['rate', 'ours', 'theirs'] as const)
  const measured = []
  // The first round is warm-up and not kept.
  for (let round = -1; round < rounds; round++) {
    const of: { rate?: number; ours?: number; theirs?: number } = {}
    for (const name of alternating(names, round)) {
      of[name] = name === 'theirs' ? (await ways.theirs()).ms : await ways[name]()
      await settled()
    }
    if (round >= 0) measured.push({ ...of, rate: of.rate!, ours: of.ours! })
  }
  await rate.close()
  peer?.stop()
  const pyTorch = peer === null ? null : { ...peer.facts, ...peaks }
  const { loadMs } = session
  console.log(JSON.stringify({ threads, flops, loadMs, peakMB, pyTorch, rounds: measured } satisfies CpuRun))
} finally {
  rmSync(folder, { recursive: true, force: true })
  await Promise.all([clip.close(), prompts.close()])
}
