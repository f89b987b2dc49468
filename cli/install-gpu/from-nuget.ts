import { spawn } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endOf } from '../../models/process-end.ts'
import type { OnnxruntimePackage } from '../doctor/types.ts'
import { installError, NUGET_PACKAGE } from './install-error.ts'

export interface FetchOptions {
  /** Empty folder below the package's, where the script finds what it requires. */
  readonly staging: string
  readonly env: NodeJS.ProcessEnv
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Of an error's stack, enough to see what it is about. */
const LAST_WORDS = 5

/**
 * Has onnxruntime-node's own install script fetch the libraries: the same on every version of npm, which takes no part in it. It writes each to its place
 * byte by byte, so that a copy of it runs, whose places are in the staging folder.
 * @returns the package's folder in there, with the libraries in it
 * @throws CLI_INSTALL_GPU
 */
export const fromNuget = async (
  { folder, version }: OnnxruntimePackage,
  { staging, env, say, signal }: FetchOptions,
): Promise<string> => {
  const temporary = join(staging, 'temporary')
  await mkdir(temporary)
  const copy = join(staging, 'onnxruntime-node')
  for (const part of ['package.json', 'script'])
    await cp(join(folder, part), join(copy, part), { recursive: true })
  const child = spawn(process.execPath, ['script/install.js'], {
    cwd: copy,
    // What it downloads is gone with the staging folder, however it ends.
    env: { ...env, ...proxyOf(env), TMPDIR: temporary, ONNXRUNTIME_NODE_INSTALL: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  createInterface(child.stdout).on('line', say)
  const words: string[] = []
  createInterface(child.stderr).on('line', (line) => {
    if (/error/i.test(line)) words.push(line.trim())
  })
  const { status } = await endOf(child)
  signal.throwIfAborted()
  if (status !== 0)
    throw installError(
      `onnxruntime-node's script could not fetch the GPU libraries: ${words.slice(0, LAST_WORDS).join(' ') || `status ${status}`}. ` +
        'Behind a proxy, set HTTPS_PROXY. Without a network, fetch the file behind "Download package" at ' +
        `https://www.nuget.org/packages/${NUGET_PACKAGE}/${version} elsewhere and run: anomalyclip install-gpu --from FILE`,
    )
  return copy
}

/** The script reads variables of its own (package global-agent) and takes no notice of the usual ones. */
const proxyOf = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const https = env.GLOBAL_AGENT_HTTPS_PROXY ?? env.HTTPS_PROXY ?? env.https_proxy
  const none = env.GLOBAL_AGENT_NO_PROXY ?? env.NO_PROXY ?? env.no_proxy
  return {
    ...(https === undefined ? {} : { GLOBAL_AGENT_HTTPS_PROXY: https }),
    ...(none === undefined ? {} : { GLOBAL_AGENT_NO_PROXY: none }),
  }
}
