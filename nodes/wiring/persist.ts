import { isCodedError, messageOf } from '../../errors/index.ts'
import type { Node, NodeStatus } from './types.ts'

/** Something that may fail to start, and is tried again until it is closed. */
export interface Persistent<T> {
  /** @throws the error of the last attempt while there is none that has succeeded */
  get(): Promise<T>
  close(end: (started: T) => Promise<void>): Promise<void>
}

/**
 * @param onFailure told of every attempt that failed
 */
export const persist = <T>(
  start: () => Promise<T>,
  onFailure: (thrown: unknown) => void,
  retryMs: number,
): Persistent<T> => {
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let latest: Promise<T>
  const attempt = (): void => {
    latest = start()
    latest.catch((thrown: unknown) => {
      if (closed) return
      onFailure(thrown)
      timer = setTimeout(attempt, retryMs)
      timer.unref()
    })
  }
  attempt()
  return {
    get: () => latest,
    close: async (end) => {
      closed = true
      if (timer) clearTimeout(timer)
      const [started] = await Promise.allSettled([latest])
      if (started.status === 'fulfilled') await end(started.value)
    },
  }
}

/** The port or the store may be free again, and the disk may have room again, without anybody deploying. */
const RETRY_MS = 10_000

/** What stands behind a node: started with it, tried again every ten seconds where that fails, in red and in the log. */
export const persistFor = <T>(
  node: Node,
  show: (status: NodeStatus) => void,
  start: () => Promise<T>,
): Persistent<T> => {
  let told = ''
  const failed = (thrown: unknown): void => {
    show({ fill: 'red', shape: 'ring', text: isCodedError(thrown) ? thrown.code : 'not started' })
    const text = messageOf(thrown)
    // Once, not every ten seconds.
    if (text !== told) node.error(text)
    told = text
  }
  show({ fill: 'yellow', shape: 'ring', text: 'starting' })
  return persist(start, failed, RETRY_MS)
}
