import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../tools/tree.ts'

describe('the check of import directions', () => {
  let house: string

  beforeEach(() => {
    house = mkdtempSync(join(tmpdir(), 'directions-'))
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
      cpSync(join(root, file), join(house, file))
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  })
  afterEach(() => rmSync(house, { recursive: true }))

  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(house, path)), { recursive: true })
    writeFileSync(join(house, path), content)
  }

  /** Names of the broken rules, of a house in which one file imports another. */
  const brokenRules = (from: string, to: string): string[] => {
    write(to, `${to.startsWith('test/') ? '' : "import '../errors/index.ts'\n"}export const value = 1\n`)
    write('errors/index.ts', 'export const code = 1\n')
    write(from, `import { value } from '../${to}'\nexport const doubled = 2 * value\n`)
    return cruise()
  }

  const cruise = (): string[] => {
    const depcruise = join(root, 'node_modules/.bin/depcruise')
    const args = [depcruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', '.']
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8' })
    assert.notEqual(stdout, '', stderr)
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } }
    return summary.violations.map(({ rule }) => rule.name)
  }

  for (const [from, to] of [
    ['nodes/a.ts', 'engine/b.ts'],
    ['nodes/a.ts', 'inspection/b.ts'],
    ['engine/a.ts', 'models/manifest.ts'],
    ['cli/a.ts', 'models/build.ts'],
    ['demo/a.ts', 'nodes/b.ts'],
  ] as const)
    it(`lets ${dirname(from)} import ${to}`, () => assert.deepEqual(brokenRules(from, to), []))

  for (const [from, to] of [
    ['nodes/a.ts', 'models/b.ts'],
    ['models/a.ts', 'inspection/b.ts'],
    ['inspection/a.ts', 'engine/b.ts'],
    ['engine/a.ts', 'nodes/b.ts'],
    ['cli/a.ts', 'nodes/b.ts'],
    ['engine/a.ts', 'test/b.ts'],
  ] as const)
    it(`refuses that ${dirname(from)} imports ${dirname(to)}`, () =>
      assert.ok(brokenRules(from, to).some((rule) => rule.startsWith(`${dirname(from)}-imports-only-`))))

  it('refuses that the engine imports the builder of models', () =>
    assert.deepEqual(brokenRules('engine/a.ts', 'models/build.ts'), [
      'engine-runs-models-but-does-not-build-them',
    ]))

  it('refuses that errors import anything', () => {
    write('inspection/a.ts', 'export const value = 1\n')
    write('errors/index.ts', "export { value } from '../inspection/a.ts'\n")
    assert.deepEqual(cruise(), ['errors-imports-only-itself'])
  })

  it('refuses circles', () => {
    write('models/a.ts', "import { b } from './b.ts'\nexport const a = () => b\n")
    write('models/b.ts', "import { a } from './a.ts'\nexport const b = () => a\n")
    assert.deepEqual(new Set(cruise()), new Set(['no-cycles']))
  })

  it('refuses files that nobody imports and that import nothing', () => {
    write('models/a.ts', 'export const a = 1\n')
    assert.deepEqual(cruise(), ['no-orphans'])
  })

  it('refuses that a room needs a package of the development', () => {
    write('inspection/a.ts', "import mocha from 'mocha'\nexport const a = mocha\n")
    assert.deepEqual(cruise(), ['rooms-need-runtime-dependencies-only'])
  })

  it('lets a room use the types of a package of the development', () => {
    write('nodes/a.ts', "import type { NodeAPI } from 'node-red'\nexport const a = (red: NodeAPI) => red\n")
    assert.deepEqual(cruise(), [])
  })
})
