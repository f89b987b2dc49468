import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../tools/tree.ts'

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

const ALLOWED = [
  ['nodes/may-engine.ts', 'engine/for-nodes.ts'],
  ['nodes/may-inspection.ts', 'inspection/for-nodes.ts'],
  ['engine/may-models.ts', 'models/manifest.ts'],
  ['cli/may-models.ts', 'models/build.ts'],
  ['demo/may-nodes.ts', 'nodes/for-demo.ts'],
] as const

const REFUSED = [
  ['nodes/no-models.ts', 'models/not-nodes.ts'],
  ['models/no-inspection.ts', 'inspection/not-models.ts'],
  ['inspection/no-engine.ts', 'engine/not-inspection.ts'],
  ['engine/no-nodes.ts', 'nodes/not-engine.ts'],
  ['cli/no-nodes.ts', 'nodes/not-cli.ts'],
  ['engine/no-test.ts', 'test/not-engine.ts'],
] as const

const BUILDER = ['engine/no-builder.ts', 'models/build.ts'] as const

/** In one house, as the check takes longer to start than to look: what a file breaks is told by its name. */
describe('the check of import directions', () => {
  let house: string
  let violations: readonly Violation[]

  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(house, path)), { recursive: true })
    writeFileSync(join(house, path), content)
  }

  before(() => {
    house = mkdtempSync(join(tmpdir(), 'directions-'))
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
      cpSync(join(root, file), join(house, file))
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))

    write('errors/index.ts', 'export const code = 1\n')
    for (const [from, to] of [...ALLOWED, ...REFUSED, BUILDER]) {
      write(to, `${to.startsWith('test/') ? '' : "import '../errors/index.ts'\n"}export const value = 1\n`)
      write(from, `import { value } from '../${to}'\nexport const doubled = 2 * value\n`)
    }
    write('errors/no-inspection.ts', "export { value } from '../inspection/for-nodes.ts'\n")
    write('models/circle.ts', "import { b } from './round.ts'\nexport const a = () => b\n")
    write('models/round.ts', "import { a } from './circle.ts'\nexport const b = () => a\n")
    write('models/orphan.ts', 'export const a = 1\n')
    write('inspection/no-mocha.ts', "import mocha from 'mocha'\nexport const a = mocha\n")
    write(
      'nodes/types.ts',
      "import type { NodeAPI } from 'node-red'\nexport const a = (red: NodeAPI) => red\n",
    )

    const depcruise = join(root, 'node_modules/.bin/depcruise')
    const args = [depcruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', '.']
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8' })
    assert.notEqual(stdout, '', stderr)
    violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
  })
  after(() => rmSync(house, { recursive: true }))

  /** Names of the rules that a file breaks. */
  const brokenBy = (file: string): string[] =>
    violations.filter(({ from }) => from === file).map(({ rule }) => rule.name)

  for (const [from, to] of ALLOWED)
    it(`lets ${dirname(from)} import ${dirname(to) === 'models' ? to : dirname(to)}`, () => {
      assert.deepEqual(brokenBy(from), [])
      assert.deepEqual(brokenBy(to), [])
    })

  for (const [from, to] of REFUSED)
    it(`refuses that ${dirname(from)} imports ${dirname(to)}`, () =>
      assert.ok(brokenBy(from).some((rule) => rule.startsWith(`${dirname(from)}-imports-only-`))))

  it('refuses that the engine imports the builder of models', () =>
    assert.deepEqual(brokenBy(BUILDER[0]), ['engine-runs-models-but-does-not-build-them']))

  it('refuses that errors import anything', () =>
    assert.deepEqual(brokenBy('errors/no-inspection.ts'), ['errors-imports-only-itself']))

  it('refuses circles', () =>
    // A circle is told once, by one of its files.
    assert.deepEqual([...brokenBy('models/circle.ts'), ...brokenBy('models/round.ts')], ['no-cycles']))

  it('refuses files that nobody imports and that import nothing', () =>
    assert.deepEqual(brokenBy('models/orphan.ts'), ['no-orphans']))

  it('refuses that a room needs a package of the development', () =>
    assert.deepEqual(brokenBy('inspection/no-mocha.ts'), ['rooms-need-runtime-dependencies-only']))

  it('lets a room use the types of a package of the development', () =>
    assert.deepEqual(brokenBy('nodes/types.ts'), []))
})
