import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** State and parent of a process. Source: proc(5), /proc/PID/stat; the name in brackets may hold anything. */
const statOf = (pid: number): { state: string; parent: number } | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}

/** A process that has ended but was not yet asked for its result (Z) lives no more. */
export const isAlive = (pid: number): boolean => {
  const stat = statOf(pid)
  return stat !== null && stat.state !== 'Z'
}

/** Processes that another has started, with a text in their command line. */
const childrenOf = (parent: number, text: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isAlive(pid) && statOf(pid)?.parent === parent)
    .filter((pid) => commandLineOf(pid).includes(text))

/** Empty of one that has ended meanwhile. */
const commandLineOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The inference processes that a Node-RED has started. */
export const inferenceProcessesOf = (nodeRed: number): number[] => childrenOf(nodeRed, 'engine/process/main')

/** The command `anomalyclip`, where a process has started it. */
export const commandsOf = (parent: number): number[] => childrenOf(parent, 'cli/main')

/** Waits for the process that takes the place of one that was killed. */
export const successorOf = async (pid: number, processes: () => number[]): Promise<number> => {
  for (let i = 0; i < 1000; i++) {
    const successor = processes().find((other) => other !== pid)
    if (successor !== undefined) return successor
    await sleep(10)
  }
  throw new Error(`nothing took the place of process ${pid}`)
}
