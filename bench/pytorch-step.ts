import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PYTHON } from '../test/support/pytorch.ts'

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

/** What its speed depends on. */
export interface PeerFacts {
  readonly version: string
  /** File names of the libraries that multiply its matrices. */
  readonly blas: readonly string[]
}

/** The same step in PyTorch, in a process of its own. */
export interface Peer {
  readonly facts: PeerFacts
  /** @param tokens that are computed of each prompt */
  readonly step: (tokens: number) => Promise<PeerStep>
  readonly stop: () => void
}

/** @returns null where PyTorch is not installed */
export const startPyTorch = async (folder: string, task: PeerTask): Promise<Peer | null> => {
  if (spawnSync(PYTHON, ['-c', 'import torch, numpy']).status !== 0) return null
  const child = spawn(PYTHON, [join(import.meta.dirname, 'pytorch-step.py'), folder, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const { done, value } = await lines.next()
    if (done) throw new Error('PyTorch ended; what it said stands above')
    return JSON.parse(value) as T
  }
  return {
    facts: await answer<PeerFacts>(),
    step: (tokens) => {
      child.stdin.write(`${tokens}\n`)
      return answer<PeerStep>()
    },
    stop: () => child.stdin.end(),
  }
}
