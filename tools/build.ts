/**
 * `npm run build`: compiles the rooms to dist/, which mirrors the tree, copies what is not TypeScript beside, and builds
 * the nano model through the same builder as every other. Does nothing where dist/ is up to date. Speaks on standard
 * error only, and with `--quiet` only of what fails: `npm run -s anomalyclip` builds first, and its output is its own.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf, filesIn, root } from './tree.ts'

const DIST = join(root, 'dist')
const NANO = 'dist/built/nano'
const STAMP = join(DIST, 'stamp.json')
const TSC = join(root, 'node_modules/typescript/bin/tsc')
const CONFIG = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tools/build.ts']

/** Digests of the inputs that dist/ was made from. */
interface Stamp {
  code?: string
  nano?: string
}

const rooms = (): string[] =>
  (JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] }).include

const isCode = (path: string): boolean => path.endsWith('.ts')

/** Nano's weights and samples go into the built model, not into dist/ a second time. */
const isAsset = (path: string): boolean =>
  !isCode(path) && !path.endsWith('.md') && !path.startsWith('models/nano/')

const outputOf = (path: string): string => `dist/${isCode(path) ? path.replace(/\.ts$/, '.js') : path}`

const readStamp = (): Stamp => (existsSync(STAMP) ? (JSON.parse(readFileSync(STAMP, 'utf8')) as Stamp) : {})

const keepInStamp = (part: Stamp): void => writeFileSync(STAMP, JSON.stringify({ ...readStamp(), ...part }))

const quiet = process.argv.includes('--quiet')
const say = (line: string): boolean => quiet || process.stderr.write(`build: ${line}\n`)

const buildCode = (): boolean => {
  const sources = rooms().flatMap((room) => filesIn(room))
  const assets = sources.filter(isAsset)
  const outputs = new Set([...sources.filter(isCode), ...assets].map(outputOf))
  const code = digestOf([...CONFIG, ...sources.filter(isCode), ...assets])
  if (readStamp().code === code && [...outputs].every((path) => existsSync(join(root, path)))) return true

  say('compiling to dist/')
  removeStale(outputs)
  for (const path of assets) {
    mkdirSync(join(root, dirname(outputOf(path))), { recursive: true })
    copyFileSync(join(root, path), join(root, outputOf(path)))
  }
  const tsc = [TSC, '-p', 'tsconfig.build.json']
  const { status } = spawnSync(process.execPath, tsc, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) keepInStamp({ code })
  return status === 0
}

/** What a renamed or deleted source left behind would otherwise be packed and loaded for ever. */
const removeStale = (outputs: ReadonlySet<string>): void => {
  for (const path of filesIn('dist'))
    if (!outputs.has(path) && !path.startsWith(`${NANO}/`) && join(root, path) !== STAMP)
      rmSync(join(root, path))
}

const buildNanoModel = async (): Promise<void> => {
  const nano = digestOf([...CONFIG, ...filesIn('models'), ...filesIn('errors')])
  if (readStamp().nano === nano && existsSync(join(root, NANO, 'model.json'))) return

  say('building the nano model')
  // Only now: whoever finds everything up to date should not wait for the builder to load.
  const { buildNano } = await import('../models/nano/build.ts')
  await buildNano(join(root, NANO))
  keepInStamp({ nano })
}

if (!buildCode()) process.exitCode = 1
await buildNanoModel()
