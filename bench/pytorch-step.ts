import { type Peer, type PeerFacts, startPyTorch } from './pytorch.ts'

/** What the peer is told; arrays lie in the folder as float32 under the names of their inputs. */
export interface PeerTask {
  /** safetensors of fp16. */
  readonly clip: string
  readonly threads: number
  readonly width: number
  readonly layers: number
  readonly embed: number
  readonly images: number
  readonly taps: number
  readonly grid: number
  readonly imageSize: number
  readonly labels: readonly number[]
  /** Tokens of either prompt, placeholders where the context is learnt. */
  readonly ids: readonly (readonly number[])[]
  /** Of what is learnt, the two contexts first. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly learningRate: number
}

export interface PeerStep {
  readonly ms: number
  readonly losses: { readonly images: number; readonly maps: number }
}

/**
 * The same step in PyTorch, in a process of its own; it is asked for the tokens that are computed of each prompt.
 * @returns null where PyTorch is not installed
 */
export const startStep = (folder: string, task: PeerTask): Promise<Peer<PeerFacts, PeerStep> | null> =>
  startPyTorch('pytorch-step.py', folder, task)
