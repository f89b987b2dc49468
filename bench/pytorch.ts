import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PYTHON } from '../test/support/pytorch.ts'

/** What its speed depends on. */
export interface PeerFacts {
  readonly version: string
  /** File names of the libraries that multiply its matrices. */
  readonly blas: readonly string[]
}

/** A program of PyTorch in a process of its own, that answers a line of JSON to every line. */
export interface Peer<Facts, Answer> {
  readonly facts: Facts
  readonly ask: (line: string | number) => Promise<Answer>
  readonly stop: () => void
}

/**
 * @param program beside this file; it is handed a folder and, as JSON, its task, and first says its facts
 * @returns null where PyTorch is not installed
 */
export const startPyTorch = async <Facts extends PeerFacts, Answer>(
  program: string,
  folder: string,
  task: object,
  environment: NodeJS.ProcessEnv = {},
): Promise<Peer<Facts, Answer> | null> => {
  if (spawnSync(PYTHON, ['-c', 'import torch, numpy']).status !== 0) return null
  const child = spawn(PYTHON, ['-B', join(import.meta.dirname, program), folder, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const { done, value } = await lines.next()
    if (done) throw new Error('PyTorch ended; what it said stands above')
    return JSON.parse(value) as T
  }
  return {
    facts: await answer<Facts>(),
    ask: (line) => {
      child.stdin.write(`${line}\n`)
      return answer<Answer>()
    },
    stop: () => child.stdin.end(),
  }
}
