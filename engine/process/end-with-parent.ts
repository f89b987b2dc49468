/**
 * For `node --import`: ends a process that was started with a pipe at fd 4 as soon as its parent has ended. Threads of the
 * process are given the same `--import`, and must not start threads without end.
 */
import { isMainThread } from 'node:worker_threads'
import { endWithParent } from './lifeline.ts'

if (isMainThread) await endWithParent()
