import { type Peer, type PeerFacts, startPyTorch } from './pytorch.ts'

/** What the peer is told; the folder holds `image` uint8 [S, S, 3] and `text` float32 [2, embed]. */
interface VisionTask {
  /** safetensors of fp16. */
  readonly clip: string
  readonly threads: number
  readonly width: number
  readonly layers: number
  readonly patch: number
  readonly embed: number
  readonly imageSize: number
  readonly features: readonly number[]
  readonly dpamLayers: number
  readonly sigma: number
  /** Whether the file's fp16 lies beside the model until it is filled, as in the published code, or goes tensor by tensor. */
  readonly loadsAsPublished: boolean
}

export interface VisionFacts extends PeerFacts {
  /** Weights that lie in memory without being used, as in the published code. */
  readonly textTowerMB: number
}

interface Inspected {
  readonly ms: number
  readonly score: number
  readonly peakMB: number
}

/**
 * PyTorch hands every large tensor back to the system and has the next one on fresh pages, which in a virtual machine can take longer than the computation
 * (ViT-L: 52 s an image). So for its time it is given what its users give it in such a place: a C library that keeps the memory. What it keeps is
 * in pieces, and no measure of what PyTorch needs: that is taken without.
 */
const KEEPS_ITS_MEMORY = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '8000000000' }

/**
 * The published method's inference in PyTorch, in a process of its own; it is asked with any line for one image, and the map of the first
 * then lies in the folder as `map`, float32 [S, S].
 * @param isFor what is measured: its time, or its memory
 * @returns null where PyTorch is not installed
 */
export const startVision = (
  folder: string,
  task: VisionTask,
  isFor: 'time' | 'memory',
): Promise<Peer<VisionFacts, Inspected> | null> =>
  startPyTorch('pytorch-vision.py', folder, task, isFor === 'time' ? KEEPS_ITS_MEMORY : {})
