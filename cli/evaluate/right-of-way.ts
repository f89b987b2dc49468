import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/**
 * Lowers this process below a model that it has started: with fewer cores than threads, decoding masks, counting pixels and drawing pictures would
 * else be done in the model's time. On Linux each thread has a priority of its own (setpriority(2), "C library/kernel differences"), and
 * those that are there keep theirs. A process that is started afterwards begins as low as this one, as none may raise itself again.
 */
export const giveRightOfWay = (): void => {
  for (const thread of [process.pid, ...otherThreads()])
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW)
    } catch {
      // It has ended meanwhile, or this system does not let us: the work is the same, and takes a little longer.
    }
}

const otherThreads = (): number[] => {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}
