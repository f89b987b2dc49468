import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The processors of a list as Linux writes it: `0-3,8`. */
const processorsOf = (list: string): number[] =>
  list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number) as [number, number?]
      return Array.from({ length: last! - first + 1 }, (_, i) => first + i)
    })

/** What Linux says of a file in /proc or /sys. */
export type ReadFile = (path: string) => string

/**
 * Cores that this process may use, each counted once however many threads it has: a second thread of a core adds nothing to a matrix product, which
 * keeps the core's arithmetic busy by itself.
 *
 * onnxruntime's own count asks the processor, which in a virtual machine tells of the host: on one with two cores it took one for a thread of the other, and
 * inference 1.8 × as long. Linux says what it schedules on.
 * @param most processors that the process is given time for (a container's quota)
 * @returns 0 where the system does not say: onnxruntime then counts
 */
export const coreCount = (
  read: ReadFile = (path) => readFileSync(path, 'utf8'),
  most: number = availableParallelism(),
): number => {
  const textOf = (path: string): string | null => {
    try {
      return read(path)
    } catch {
      return null
    }
  }
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(textOf('/proc/self/status') ?? '')?.[1]
  if (allowed === undefined) return 0
  // The list also has processors that could be put in while the machine runs, and those that are off: they have no topology.
  const siblings = processorsOf(allowed)
    .map((processor) => textOf(`/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`))
    .filter((list) => list !== null)
  return Math.min(new Set(siblings.map((list) => list.trim())).size, most)
}
