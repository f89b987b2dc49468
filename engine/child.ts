import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { isCodedError, messageOf } from '../errors/index.ts'
import { frameReader, writeFrame } from './framing.ts'
import { withHugePages } from './huge-pages.ts'
import { moduleBeside } from './process/module-beside.ts'
import type { FromProcess, ProcessSettings, ToProcess } from './protocol.ts'

/** How an inference process came to its end. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Last lines it wrote to standard error, oldest first. */
  readonly lastWords: readonly string[]
  /** What went wrong on our side: it could not be started, or its messages could not be read. */
  readonly error: Error | null
}

export interface ProcessHandlers {
  onMessage(message: FromProcess, payload: Uint8Array<ArrayBuffer>): void
  /** Called exactly once, after the last message. */
  onEnd(end: ProcessEnd): void
}

export interface InferenceProcess {
  readonly pid: number | null
  /** The payload is not copied; it must stay as it is until it is answered. */
  send(message: ToProcess, payload?: Uint8Array): void
  kill(): void
}

/** Starts an inference process. */
export type Launch = (settings: ProcessSettings, handlers: ProcessHandlers) => InferenceProcess

/**
 * Starts `entry` as an inference process. Besides standard error it has two pipes: fd 3 carries frames both ways;
 * fd 4 carries nothing and only breaks when this process ends, however it ends (see process/lifeline.ts).
 */
export const launcherOf =
  (entry: URL): Launch =>
  (settings, { onMessage, onEnd }) => {
    const child = spawn(process.execPath, [fileURLToPath(entry), JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: withHugePages(process.env),
      windowsHide: true,
    })
    const words = lastLines()
    let error: Error | null = null
    let ended = false

    const kill = (): void => {
      child.kill('SIGKILL')
    }

    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (ended) return
      ended = true
      onEnd({ code, signal, lastWords: words.lines(), error })
    }

    child.on('error', (cause) => {
      error ??= cause
      // A process that never started has no 'close' to wait for.
      if (child.pid === undefined) end(null, null)
    })
    // Unlike 'exit', 'close' comes after the pipes have been read to their end: no answer gets lost.
    child.on('close', end)
    if (child.pid === undefined) return { pid: null, send: () => {}, kill: () => {} }
    child.stderr?.setEncoding('utf8').on('data', words.add)

    const frames = child.stdio[3] as Duplex
    const lifeline = child.stdio[4] as Duplex
    const read = frameReader<FromProcess>(MAX_ANSWER_BYTES, onMessage)
    frames.on('data', (chunk: Uint8Array) => {
      try {
        read(chunk)
      } catch (thrown) {
        if (!isCodedError(thrown, 'ENGINE_PROTOCOL')) throw thrown
        error ??= thrown
        frames.destroy()
        kill()
      }
    })
    // A pipe that breaks because its process died is told by 'close'; the error itself says nothing more.
    for (const pipe of [frames, lifeline]) pipe.on('error', () => {})

    return {
      pid: child.pid,
      send: (message, payload) => {
        if (frames.writable) writeFrame(frames, message, payload)
      },
      kill,
    }
  }

/** The package's own inference process. */
export const launchProcess = launcherOf(moduleBeside(import.meta.url, './process/main'))

/** An answer's payload is one map: side² · 4 bytes, 1 MiB at a side of 518. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024

const MAX_LINES = 10
const MAX_CHARACTERS = 4000

/** Keeps the end of what is written. */
const lastLines = () => {
  let text = ''
  return {
    add: (chunk: string): void => {
      text = (text + chunk).slice(-MAX_CHARACTERS)
    },
    lines: (): string[] => text.split(/\r?\n/).filter(hasInk).slice(-MAX_LINES),
  }
}

const hasInk = (line: string): boolean => line.trim() !== ''

/** One sentence on how a process ended. */
export const describeEnd = ({ code, signal, lastWords, error }: ProcessEnd): string => {
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
  const why = error ? `: ${messageOf(error)}` : ''
  const words = lastWords.length > 0 ? `; its last words were:\n${lastWords.join('\n')}` : '; it said nothing'
  return code === null && signal === null ? `could not be started${why}` : `${how}${why}${words}`
}
