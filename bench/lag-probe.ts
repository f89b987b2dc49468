/**
 * How late timers fire in a process that is not ours, such as Node-RED: preloaded by
 * `NODE_OPTIONS=--import=file:///…/bench/lag-probe.ts`. SIGWINCH and the end of the process each print one line of JSON on
 * standard error, `{"lag":{"samples","p50","p99","max"}}` in ms, about the time since the line before.
 */
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { percentile } from './measure.ts'

const INTERVAL_MS = 5

const report = (late: readonly number[]): string => {
  const at = (share: number): number | null =>
    late.length > 0 ? Number(percentile(late, share).toFixed(2)) : null
  return JSON.stringify({ lag: { samples: late.length, p50: at(0.5), p99: at(0.99), max: at(1) } })
}

const measure = (): void => {
  let late: number[] = []
  let expected = performance.now() + INTERVAL_MS
  const tick = (): void => {
    const now = performance.now()
    // Timers count whole milliseconds and may fire a fraction early.
    late.push(Math.max(0, now - expected))
    expected = now + INTERVAL_MS
    setTimeout(tick, INTERVAL_MS).unref()
  }
  setTimeout(tick, INTERVAL_MS).unref()
  const print = (): void => {
    // Written at once: at the end of the process nothing is waited for.
    writeSync(2, `${report(late)}\n`)
    late = []
  }
  // Node-RED ends at most of the others, SIGUSR2 among them.
  process.on('SIGWINCH', print)
  process.on('exit', print)
}

// Worker threads inherit the preload, and so would the inference process, which may well be busy.
if (isMainThread) {
  delete process.env.NODE_OPTIONS
  measure()
}
