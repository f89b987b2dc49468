import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { processEnvironment } from '../engine/process/environment.ts'

/**
 * Runs one case in a fresh process, so that memory and caches are its own, in the environment of the engine's, and returns what it reports.
 * @param flags of Node.js
 */
export const runCase = async <Result>(
  name: string,
  args: object,
  flags: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result> => {
  const child = spawn(
    process.execPath,
    [...flags, join(import.meta.dirname, 'cases', `${name}.ts`), JSON.stringify(args)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: processEnvironment(environment) },
  )
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`case ${name} ended with ${code ?? signal}`)
  return JSON.parse(output) as Result
}

/** What `runCase` has handed to this process. */
export const caseArguments = <Arguments>(): Arguments => JSON.parse(process.argv[2] ?? '{}') as Arguments

/** Peak resident memory of a process so far, MB (10⁶ bytes). Linux. */
export const peakMegabytes = (pid: number = process.pid): number => {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no VmHWM`)
  return (Number(kibibytes) * 1024) / 1e6
}

/** Milliseconds that work takes. */
export const msOf = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Threads of a session, and of PyTorch, spin for a while when they are done: whoever comes next in turn is to have the cores alone. */
export const settled = (): Promise<void> => sleep(300)

/** Value below which a share of the numbers lies (nearest rank). */
export const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * numbers.length) - 1)]!

/** The middle number, or the mean of the middle two. */
export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** The same steps forwards in even rounds and backwards in odd ones, so that no step always comes after the same other. */
export const alternating = <Step>(steps: readonly Step[], round: number): readonly Step[] =>
  round % 2 === 0 ? steps : steps.toReversed()
