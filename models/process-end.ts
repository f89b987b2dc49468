import type { ChildProcess } from 'node:child_process'

export interface ProcessEnd {
  readonly status: number | null
  readonly endedBy: NodeJS.Signals | null
}

/**
 * Once a process is gone and all it wrote was read: until then, also after it was aborted, it may write files.
 * @throws the system's error where it could not be started
 */
export const endOf = (child: ChildProcess): Promise<ProcessEnd> =>
  new Promise((resolve, reject) => {
    child.once('close', (status, endedBy) => resolve({ status, endedBy }))
    child.on('error', (error) => {
      // Of one that runs, 'close' tells the end.
      if (child.pid === undefined) reject(error)
    })
  })
