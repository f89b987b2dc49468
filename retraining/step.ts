import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { moduleBeside } from '../engine/process/module-beside.ts'
import { codedError, ERROR_CODES, type ErrorCode } from '../errors/index.ts'

const COMMAND = moduleBeside(import.meta.url, '../cli/main')
const LIFELINE = moduleBeside(import.meta.url, '../engine/process/end-with-parent')

/** A step in a native call cannot hear; what it has done is kept in files that a kill leaves whole. */
const POLITE_MS = 3000

/** Of what a step says, enough to find the cause. */
const LAST_LINES = 20

export interface StepOptions {
  /** Ends the step. */
  readonly signal: AbortSignal
  /** What the step tells of its progress. */
  readonly onLine: (line: string) => void
}

export interface StepEnd {
  /** What it could not do, one line each, the last ones of many; it has done the rest. */
  readonly problems: readonly string[]
}

/** Runs `anomalyclip` with these arguments. */
export type RunStep = (args: readonly string[], options: StepOptions) => Promise<StepEnd>

/**
 * In a process of its own, of lower priority than the line's work, which ends with this one, however that comes about.
 * @throws the step's own coded error; RETRAINING_STEP where it has none, or was killed
 */
export const runStep: RunStep = (args, { signal, onLine }) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', LIFELINE.href, fileURLToPath(COMMAND), ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
      windowsHide: true,
    })
    if (child.pid !== undefined) lowerPriority(child.pid)
    const lines: string[] = []
    let rest = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const parts = `${rest}${text}`.split(/\r?\n/)
      rest = parts.pop() ?? ''
      for (const line of parts.filter((part) => part.trim() !== '')) {
        lines.push(line)
        lines.splice(0, lines.length - LAST_LINES)
        onLine(line)
      }
    })
    // It breaks when the process ends, which `close` tells.
    child.stdio[4]?.on('error', () => {})
    let killing: NodeJS.Timeout | undefined
    const end = (): void => {
      child.kill('SIGTERM')
      killing = setTimeout(() => child.kill('SIGKILL'), POLITE_MS)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    const done = (): void => {
      clearTimeout(killing)
      signal.removeEventListener('abort', end)
    }
    child.on('error', (cause) => {
      done()
      reject(
        codedError('RETRAINING_STEP', `anomalyclip ${args[0]} could not be started: ${cause.message}.`, {
          cause,
        }),
      )
    })
    child.on('close', (status, killedBy) => {
      done()
      if (signal.aborted) reject(signal.reason)
      else if (status === 0) resolve({ problems: [] })
      else if (status === 1 && lines.some(isCount)) resolve({ problems: problemsIn(lines) })
      else reject(errorIn(lines) ?? unexplained(args[0] ?? '', status, killedBy, lines))
    })
  })

const lowerPriority = (pid: number): void => {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Not everywhere allowed, and no reason not to train.
  }
}

/** Ends what a command says of single images, after which it has done the rest. */
const COUNT = /^anomalyclip: (\d+) problems?, named above$/

const isCount = (line: string): boolean => COUNT.test(line)

/** Those above the count: a command says other things as well. */
const problemsIn = (lines: readonly string[]): string[] => {
  const end = lines.findLastIndex(isCount)
  const count = Number(COUNT.exec(lines[end]!)![1])
  return lines.slice(Math.max(0, end - count), end).map((line) => line.replace(/^anomalyclip: /, ''))
}

/** What ends a command stands last, as `anomalyclip: CODE: message`. */
const errorIn = (lines: readonly string[]): Error | null => {
  const [, code, message] = /^anomalyclip: ([A-Z]+_[A-Z_]+): (.*)$/.exec(lines.at(-1) ?? '') ?? []
  return code !== undefined && Object.hasOwn(ERROR_CODES, code)
    ? codedError(code as ErrorCode, message ?? '')
    : null
}

const unexplained = (
  name: string,
  status: number | null,
  killedBy: NodeJS.Signals | null,
  lines: readonly string[],
): Error =>
  codedError(
    'RETRAINING_STEP',
    `anomalyclip ${name} ${killedBy ? `was ended by ${killedBy}` : `ended with status ${status}`}` +
      `${killedBy === 'SIGKILL' ? ', as systems do where memory is short' : ''}; its last words: ${lastWords(lines)}. ` +
      'Train again: it goes on where it stopped.',
  )

/** Of what Node.js prints on its end, the last line is its version. */
const lastWords = (lines: readonly string[]): string =>
  lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'none'
