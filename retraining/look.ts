import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { moduleBeside } from '../engine/process/module-beside.ts'
import type { WireError } from '../engine/protocol.ts'
import { fromWire } from '../engine/wire-error.ts'
import { codedError } from '../errors/index.ts'
import type { Asked, Looked } from './look-at.ts'

/** Looks at images in a process of its own: a bomb or a fault in native code takes only that with it, and not the flows. */
export interface Looking {
  /** One at a time. @throws as `lookAt`; IMAGE_DAMAGED where the process ends on them */
  look(asked: Asked): Promise<Looked>
  close(): void
}

interface LookingOptions {
  readonly entry?: URL
  /** Ends a look that takes longer. */
  readonly limitMs?: number
}

type Answer = { readonly looked: Looked } | { readonly error: WireError }

/** Somebody who judges parts judges the next one soon; afterwards the memory is worth more. */
const IDLE_MS = 10_000

export const openLooking = ({
  entry = moduleBeside(import.meta.url, './look-process'),
  limitMs = 60_000,
}: LookingOptions = {}): Looking => {
  let child: ChildProcess | null = null
  let idle: NodeJS.Timeout | undefined

  const stop = (): void => {
    clearTimeout(idle)
    child?.kill('SIGKILL')
    child = null
  }
  const start = (): ChildProcess => {
    const started = fork(fileURLToPath(entry), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    })
    const forget = (): void => {
      if (child === started) child = null
    }
    started.on('exit', forget).on('error', forget)
    // Node-RED, and a test, may end meanwhile.
    started.unref()
    started.channel?.unref()
    return started
  }
  return {
    look: (asked) =>
      new Promise((resolve, reject) => {
        clearTimeout(idle)
        child ??= start()
        const current = child
        const limit = setTimeout(() => current.kill('SIGKILL'), limitMs)
        const settle = (): void => {
          clearTimeout(limit)
          current.off('message', onAnswer).off('exit', onEnd).off('error', onEnd)
          idle = setTimeout(stop, IDLE_MS)
          idle.unref()
        }
        const onAnswer = (answer: unknown): void => {
          settle()
          const found = answer as Answer
          if ('looked' in found) resolve(found.looked)
          else reject(fromWire(found.error))
        }
        const onEnd = (): void => {
          settle()
          if (child === current) child = null
          reject(
            codedError(
              'IMAGE_DAMAGED',
              'the process that decodes images ended on this one, or on its mask; send another, or a smaller one.',
            ),
          )
        }
        current.on('message', onAnswer).on('exit', onEnd).on('error', onEnd)
        current.send(asked, (error) => error && current.kill('SIGKILL'))
      }),
    close: stop,
  }
}
