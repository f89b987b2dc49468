import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

/**
 * Settings of the npm that runs these tests, among them this checkout's own answer to the NuGet question; and the tests'
 * compile cache, which no user's box has.
 */
const OF_THIS_CHECKOUT =
  /^(npm_(package|lifecycle)_|npm_config_(local_prefix|onnxruntime)|onnxruntime_|(init_cwd|node_compile_cache)$)/i

/** Environment of a box of which NuGet is `unreachable`, or `serving` what test/support/nuget.cjs has. */
export const boxEnvironment = (nuget: 'unreachable' | 'serving'): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THIS_CHECKOUT.test(name))),
  NUGET: nuget,
  NODE_OPTIONS: `--require=${join(root, 'test/support/nuget.cjs')}`,
})

/** Runs npm, given by its script, on a box that reaches the package registry but not NuGet. */
export const runNpm = (npm: string, cwd: string, args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [npm, ...args], { cwd, env: boxEnvironment('unreachable'), encoding: 'utf8' })

/** Of Node-RED 5: what its palette manager runs. */
export const PALETTE_NPM = join(root, 'node_modules/npm/bin/npm-cli.js')

/** The versions in use, each as a function that fetches it into a folder if need be and gives its script. */
export const NPM_VERSIONS: Readonly<Record<string, (folder: string) => string>> = {
  'the npm that Node-RED brings': () => PALETTE_NPM,
  'npm 10': (folder) => fetchNpm(folder, '10.9.9'),
  'npm 12': (folder) => fetchNpm(folder, '12.2.0'),
}

const fetchNpm = (folder: string, version: string): string => {
  const prefix = join(folder, `npm-${version}`)
  const script = join(prefix, 'node_modules/npm/bin/npm-cli.js')
  if (!existsSync(script)) {
    const { stderr } = runNpm(PALETTE_NPM, folder, [
      'install',
      '--no-save',
      '--prefix',
      prefix,
      `npm@${version}`,
    ])
    if (!existsSync(script))
      throw new Error(`npm ${version} could not be fetched from the registry: ${stderr}`)
  }
  return script
}
