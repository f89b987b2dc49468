import type { Node } from '../wiring/index.ts'

/** A broker hands all retained messages out when a subscription is made; what comes within this time is one connection's. */
const TOGETHER_MS = 1_000

/**
 * Counts retained images that are not inspected, and says how many in the log, once for each connection.
 * @returns to be called for each of them
 */
export const countSkipped = (node: Node): (() => void) => {
  let skipped = 0
  let timer: NodeJS.Timeout | null = null
  const tell = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    if (skipped > 0) node.log(`${skipped} retained image${skipped === 1 ? '' : 's'} not inspected`)
    skipped = 0
  }
  node.on('close', tell)
  return () => {
    skipped++
    timer ??= setTimeout(tell, TOGETHER_MS).unref()
  }
}
