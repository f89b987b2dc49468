import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { moduleBeside } from './module-beside.ts'

/**
 * Ends this process as soon as its parent has ended, however that came about. It needs a thread of its own: the main
 * thread cannot hear while it is in a native call, which may take minutes.
 */
export const endWithParent = async (): Promise<void> => {
  const thread = new Worker(moduleBeside(import.meta.url, './lifeline-thread'))
  await once(thread, 'online')
  thread.unref()
}
