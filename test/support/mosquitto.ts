import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../demo/node-red.ts'

/** Debian keeps it where a user's PATH does not look. */
const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync)

export interface MosquittoOptions {
  /** Another start of the same broker; by default a free one. */
  readonly port?: number
  /** Over TLS, and with `ca` only for clients that have a certificate of it: paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string }
  /** Further lines of mosquitto.conf, for the broker as a whole. */
  readonly lines?: readonly string[]
}

/** Nothing is kept on disk, and no message is too many or too large. */
const configFor = (port: number, { tls, lines = [] }: MosquittoOptions): string =>
  [
    'allow_anonymous true',
    'persistence false',
    'max_queued_messages 0',
    // Started by root it would become another user, who may not read a test's files.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...lines,
    `listener ${port} 127.0.0.1`,
    ...(tls ? [`certfile ${tls.cert}`, `keyfile ${tls.key}`] : []),
    ...(tls?.ca ? [`cafile ${tls.ca}`, 'require_certificate true'] : []),
    '',
  ].join('\n')

export interface Mosquitto {
  readonly port: number
  stop(): Promise<void>
  /** As a power cut: without a word to its clients. */
  kill(): Promise<void>
}

/** Skips the suite, or the test, where Mosquitto is not installed, and says so. */
export const needMosquitto = (context: Mocha.Context): void => {
  if (PROGRAM !== undefined) return
  console.warn('      skipped: these tests need the Debian package "mosquitto"')
  context.skip()
}

const listens = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
    socket.once('connect', () => socket.destroy())
  })

/** Starts a broker of our own on a free port of the loopback and waits until it listens. */
export const startMosquitto = async (options: MosquittoOptions = {}): Promise<Mosquitto> => {
  if (PROGRAM === undefined) throw new Error('mosquitto is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'))
  const config = join(folder, 'mosquitto.conf')
  const port = options.port ?? (await freePort())
  await writeFile(config, configFor(port, options))
  const child = spawn(PROGRAM, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const exited = once(child, 'exit')
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!hasEnded()) {
      child.kill(signal)
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }
  while (!(await listens(port))) {
    if (hasEnded()) {
      await end('SIGTERM')
      throw new Error(`mosquitto ended with ${child.exitCode}: ${said}`)
    }
    await sleep(20)
  }
  return { port, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}
