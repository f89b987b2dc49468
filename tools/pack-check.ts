/** `npm run check:pack`: whether the package holds what it needs and nothing else. Expects a finished build. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, type PackedFile, packProblems } from './pack-rules.ts'
import { root } from './tree.ts'

interface Packed {
  readonly files: readonly PackedFile[]
  readonly size: number
}

/** The list that npm itself would pack. npm 12 keys the answer by package name, earlier versions give a list. */
const packed = (): Packed => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const answer = execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [only] = Object.values(JSON.parse(answer) as Record<string, Packed>)
  if (only === undefined) throw new Error(`npm pack --json says nothing of the package: ${answer}`)
  return only
}

const { files, size } = packed()
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const problems = packProblems(files, manifest)
for (const problem of problems) console.error(`package: ${problem}`)
console.log(
  `package: ${files.length} files, ${(size / 1e6).toFixed(1)} MB packed, ${problems.length} problems`,
)
process.exitCode = problems.length === 0 ? 0 : 1
