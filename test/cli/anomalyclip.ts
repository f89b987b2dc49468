import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Place {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts the real command in a process of its own. `HOME` is `cwd` unless told: no test sees this machine's models. */
export const startAnomalyclip = (args: readonly string[], { cwd, env = {} }: Place) => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    // Mocha itself was started by npm, whose variables change what relative paths mean.
    env: { ...process.env, npm_lifecycle_event: '', INIT_CWD: '', XDG_CACHE_HOME: '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
  return { process: child, outcome }
}

/** Runs the real command to its end. */
export const anomalyclip = (args: readonly string[], place: Place): Promise<Outcome> =>
  startAnomalyclip(args, place).outcome

/** Calls `work` with a new folder and removes it afterwards. */
export const inNewFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'anomalyclip-cli-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
