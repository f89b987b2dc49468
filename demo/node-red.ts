import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const NAME = '@anomalyclip/node-red-anomalyclip'
const projectRoot = resolve(import.meta.dirname, '..')

export interface NodeRedOptions {
  /** Made if it is not there; contexts and credentials in it are kept. */
  readonly userDir: string
  /** File with the flow to load. */
  readonly flow: string
  /** 0 = any free one. */
  readonly port?: number
  /** Variables that the flow refers to as `${NAME}`. */
  readonly env?: Readonly<Record<string, string>>
  readonly onLog?: (line: string) => void
  /** Folder of Node-RED itself; by default this project's. */
  readonly program?: string
  /** Ends a start that is under way; afterwards `stop` is for that. */
  readonly signal?: AbortSignal
}

export interface NodeRed {
  readonly url: string
  readonly port: number
  readonly process: ChildProcess
  /** Asks it to stop and waits; what does not stop within 10 s is ended. */
  stop(): Promise<void>
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

const SETTINGS = `module.exports = {
  uiHost: '127.0.0.1',
  flowFile: 'flows.json',
  credentialSecret: 'loopback only',
  contextStorage: {
    default: { module: 'localfilesystem', config: { flushInterval: 2 } },
    memory: { module: 'memory' },
  },
  externalModules: { palette: { allowInstall: false } },
  editorTheme: { tours: false },
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'info', metrics: false, audit: false } },
}
`

/** A user folder with this package installed, as the palette would leave it, by a link to the checkout. */
const prepareUserDir = async ({ userDir, flow }: NodeRedOptions): Promise<void> => {
  const link = join(userDir, 'node_modules', NAME)
  await mkdir(dirname(link), { recursive: true })
  await rm(link, { recursive: true, force: true })
  await symlink(projectRoot, link, 'dir')
  await writeFile(
    join(userDir, 'package.json'),
    `${JSON.stringify({ name: 'node-red-project', private: true, dependencies: { [NAME]: '*' } }, null, 2)}\n`,
  )
  await writeFile(join(userDir, 'settings.js'), SETTINGS)
  await cp(flow, join(userDir, 'flows.json'))
}

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/settings`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

/** Starts Node-RED on loopback in a process of its own and waits until its flows run. */
export const startNodeRed = async (options: NodeRedOptions): Promise<NodeRed> => {
  await prepareUserDir(options)
  options.signal?.throwIfAborted()
  const port = options.port || (await freePort())
  const url = `http://127.0.0.1:${port}`
  const program = options.program ?? dirname(createRequire(import.meta.url).resolve('node-red/package.json'))
  const child = spawn(
    process.execPath,
    [join(program, 'red.js'), '--userDir', options.userDir, '--port', String(port)],
    // A group of its own: Ctrl-C reaches us alone, and we end it in order.
    { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const log: string[] = []
  const started = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        log.push(line)
        options.onLog?.(line)
        if (/Started flows/.test(line)) started.resolve()
      }
    })
  }
  const exited = once(child, 'exit')
  exited.then(([code]) =>
    started.reject(
      new Error(`Node-RED ended with ${code} before its flows ran:\n${log.slice(-20).join('\n')}`),
    ),
  )

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGINT')
    const late = new AbortController()
    await Promise.race([
      exited,
      sleep(10_000, undefined, { signal: late.signal }).then(() => child.kill('SIGKILL')),
    ])
    late.abort()
  }
  const abort = (): void => started.reject(options.signal?.reason)
  options.signal?.addEventListener('abort', abort)
  try {
    await started.promise
    while (!(await answers(url))) await sleep(100, undefined, { signal: options.signal })
  } catch (error) {
    await stop()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
  return { url, port, process: child, stop }
}
