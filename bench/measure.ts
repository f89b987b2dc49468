import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Runs one case in a fresh process, so that memory is its own, and returns the JSON that it prints. */
export const runCase = async <T>(name: string, ...args: string[]): Promise<T> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cases', `${name}.ts`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`case ${name} ended with ${code}`)
  return JSON.parse(output) as T
}

/** Peak resident memory of this process so far, MB. */
export const peakMegabytes = (): number => process.resourceUsage().maxRSS / 1024

export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Value below which a share of the numbers lies (nearest rank). */
export const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * numbers.length) - 1)]!

export const median = (numbers: readonly number[]): number => percentile(numbers, 0.5)

/** An image that is no constant, [size, size, 3]. */
export const testPixels = (size: number): Uint8Array => {
  const pixels = new Uint8Array(size * size * 3)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (Math.imul(i, 2654435761) >>> 24) & 255
  return pixels
}
