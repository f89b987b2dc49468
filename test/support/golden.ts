import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWeights } from '../../models/weights/index.ts'

/** Folder of golden files, outputs of the published implementation. */
export const goldenFolder = (name: string): string =>
  join(import.meta.dirname, '..', 'fixtures', 'golden', name)

export interface GoldenConfig {
  readonly image_size: number
  /** As the reference counts: one more than the layers that run DPAM. */
  readonly dpam: number
  readonly features: readonly number[]
  readonly sigma: number
}

export const goldenConfig = (name: string): GoldenConfig =>
  JSON.parse(readFileSync(join(goldenFolder(name), 'config.json'), 'utf8')) as GoldenConfig

/** Tensors of a safetensors file, all read. */
export const readTensors = async (
  file: string,
): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> => {
  const weights = await openWeights(file)
  try {
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
    for (const name of weights.names())
      tensors.set(name, { shape: weights.info(name).shape, data: await weights.read(name) })
    return tensors
  } finally {
    await weights.close()
  }
}

/** Largest |a − b|; lengths must agree. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`)
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    // NaN must fail, and every comparison with it is false.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

export const largestValue = (a: Float32Array): number =>
  a.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0)
