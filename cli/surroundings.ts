import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { cacheDir } from '../models/cache-dir.ts'
import type { Surroundings } from './types.ts'

const INTERRUPTED_TWICE = 130

/** Binds the commands to a real process: its streams, its folders, its Ctrl-C. */
export const surroundingsOf = (process: NodeJS.Process): Surroundings => {
  const { stdout, stderr, env } = process
  // Failed writes reach `print` through its callback; without a listener they would also end the process.
  stdout.on('error', () => {})
  stderr.on('error', () => {})
  return {
    print: (line) =>
      new Promise((done, failed) => {
        stdout.write(`${line}\n`, (error) => (error ? failed(error) : done()))
      }),
    complain: (line) => stderr.write(`${line}\n`),
    rewrite: stderr.isTTY ? (line) => stderr.write(`\r\x1b[K${line}`) : null,
    path: (given) => resolve(callersFolder(env, process.cwd()), given),
    userDir: join(homedir(), '.node-red'),
    cacheDir: cacheDir(env),
    signal: interruption(process),
  }
}

/** `npm run` starts scripts in the package's root and tells in INIT_CWD where the caller stood. */
const callersFolder = (env: NodeJS.ProcessEnv, cwd: string): string =>
  env.npm_lifecycle_event === 'anomalyclip' && env.INIT_CWD ? env.INIT_CWD : cwd

/** The first Ctrl-C lets the command tidy up, the second ends the process where it stands. */
const interruption = (process: NodeJS.Process): AbortSignal => {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED_TWICE)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}
