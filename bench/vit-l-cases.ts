import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { clipDimensions } from '../models/clip/dimensions.ts'
import { readManifest } from '../models/open.ts'
import { openWeights } from '../models/weights/index.ts'
import type { BuildRun } from './cases/build.ts'
import type { CpuRun } from './cases/cpu.ts'
import type { JointRound } from './cases/joint.ts'
import type { LoadingRun } from './cases/loading.ts'
import type { SessionRun } from './cases/session.ts'
import { flopsOfModel } from './flops.ts'
import { alternating, runCase } from './measure.ts'

interface Around {
  readonly folder: string
  readonly weights: { readonly clip: string; readonly prompts: string }
  readonly drawWeights: () => Promise<void>
  /** The folder of the fused ViT-L at 518 px, built when it is first asked for. */
  readonly fused: () => Promise<string>
  /** An image file. */
  readonly image: string
  readonly processes: number
  readonly say: (text: string) => void
}

/** What the processor makes of a ViT-L: its share of the matrix rate and PyTorch, loading, image sizes, attention. */
export const vitLCases = ({ folder, weights, drawWeights, fused, image, processes, say }: Around) => ({
  cpu: async () => {
    const model = await fused()
    say('ViT-L, products alone and PyTorch in turn')
    return runCase<CpuRun>('cpu', { folder: model, ...weights, image, rounds: 5 })
  },

  loading: async () => {
    const at = { folder: await fused(), saved: join(folder, 'saved') }
    await mkdir(at.saved)
    const ways = {
      default: 'model',
      'small pages': 'model',
      'saved graph': 'saved',
      copy: 'copy',
    } as const
    const names = Object.keys(ways) as (keyof typeof ways)[]
    await runCase<LoadingRun>('loading', { ...at, from: 'model, to be saved' })
    const runs: Record<keyof typeof ways, LoadingRun[]> = {
      default: [],
      'small pages': [],
      'saved graph': [],
      copy: [],
    }
    for (let round = 0; round < processes; round++)
      for (const name of alternating(names, round)) {
        say(`ViT-L: loading, ${name}`)
        const small = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }
        const environment = name === 'small pages' ? small : process.env
        runs[name].push(await runCase('loading', { ...at, from: ways[name] }, [], environment))
      }
    await rm(at.saved, { recursive: true })
    return runs
  },

  sizes: async () => {
    await drawWeights()
    const clip = await openWeights(weights.clip)
    const results = []
    for (const imageSize of [336, 392, 448, 518]) {
      const output = imageSize === 518 ? await fused() : join(folder, `vit-l-${imageSize}`)
      if (imageSize !== 518) {
        say(`building ViT-L, ${imageSize} px`)
        await runCase<BuildRun>('build', { ...weights, output, attention: 'fused', imageSize })
      }
      const flops = flopsOfModel(await readManifest(output), clip, clipDimensions(clip))
      results.push({ imageSize, flops, output, runs: [] as SessionRun[] })
    }
    await clip.close()
    for (let round = 0; round < processes; round++)
      for (const { imageSize, output, runs } of alternating(results, round)) {
        say(`ViT-L, ${imageSize} px: session.run`)
        runs.push(await runCase('session', { folder: output, image, batch: 1, runs: 3 }))
      }
    return results.map(({ imageSize, flops, runs }) => ({ imageSize, flops, runs }))
  },

  joint: async () => {
    say('both attentions of a DPAM layer, as two and as one')
    return runCase<JointRound[]>('joint', { rounds: 30 })
  },
})
