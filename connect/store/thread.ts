import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type CodedError, codedError, messageOf } from '../../errors/index.ts'
import { errorOf } from './faults.ts'
import {
  type CallName,
  type Calls,
  CLOSE,
  type Opening,
  type Reply,
  type Request,
  type ThreadSettings,
} from './protocol.ts'

/** The thread that owns the file, as the rest of the process sees it. */
export interface Thread {
  call<N extends CallName>(
    name: N,
    args: Calls[N]['args'],
    moved?: ArrayBuffer[],
  ): Promise<Calls[N]['answer']>
  /** Resolves once the file is closed. */
  close(): Promise<void>
}

interface Pending {
  resolve(answer: Calls[CallName]['answer']): void
  reject(error: CodedError): void
}

/** `.ts` in a checkout, `.js` once built: the compiler rewrites the endings of imports, not of addresses. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** @param module the thread's program; a test brings one that fails */
export const startThread = async (settings: ThreadSettings, module = WORKER): Promise<Thread> => {
  const worker = new Worker(module, { workerData: settings })
  const pending = new Map<number, Pending>()
  let calls = 0
  /** Why no more requests are taken. */
  let ended: CodedError | undefined

  const end = (why: CodedError): void => {
    ended ??= why
    for (const { reject } of pending.values()) reject(ended)
    pending.clear()
  }
  const settle = (reply: Reply): void => {
    const waiting = pending.get(reply.call)
    pending.delete(reply.call)
    // An idle store does not keep a process alive that has nothing else to do.
    if (pending.size === 0) worker.unref()
    if ('fault' in reply) waiting?.reject(errorOf(reply.fault))
    else waiting?.resolve(reply.answer)
  }

  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      end(threadEnded(settings.file, `it exited with code ${code}`))
      resolve()
    })
  })
  worker.on('error', (error) => end(threadEnded(settings.file, messageOf(error))))
  const opening = await new Promise<Opening>((resolve, reject) => {
    worker.once('message', resolve)
    void exited.then(() => reject(ended))
  })
  if (!opening.opened) {
    await exited
    throw errorOf(opening.fault)
  }
  worker.on('message', settle)
  worker.unref()

  return {
    call: (name, args, moved = []) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        const call = calls++
        pending.set(call, { resolve: resolve as Pending['resolve'], reject })
        worker.ref()
        worker.postMessage({ call, name, args } satisfies Request, moved)
      }),
    close: async () => {
      if (ended === undefined) {
        // The thread still answers what came before.
        ended = codedError('STORE_CLOSED', `${settings.file} was closed; open it again.`)
        worker.ref()
        worker.postMessage(CLOSE)
      }
      await exited
    },
  }
}

const threadEnded = (file: string, how: string): CodedError =>
  codedError(
    'STORE_WRITE',
    `the thread that writes ${file} has ended: ${how}. What was accepted before is on the disk; restart Node-RED.`,
  )
