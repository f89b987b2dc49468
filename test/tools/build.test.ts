import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filesIn, root } from '../../tools/tree.ts'

const NANO = `
import { mkdirSync, writeFileSync } from 'node:fs'
export const buildNano = async (output: string) => {
  mkdirSync(output, { recursive: true })
  writeFileSync(output + '/model.json', String(process.hrtime.bigint()))
}
`

/** A house of two rooms, with the real build. */
describe('npm run build', function () {
  this.timeout(120_000)
  let house: string
  /** What the build makes of a new house. */
  let dist: string

  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(house, path)), { recursive: true })
    writeFileSync(join(house, path), content)
  }
  const build = () => spawnSync(process.execPath, ['tools/build.ts'], { cwd: house, encoding: 'utf8' })
  const built = () => filesIn('dist', house).filter((path) => path !== 'dist/stamp.json')
  const nano = () => readFileSync(join(house, 'dist/built/nano/model.json'), 'utf8')

  const newHouse = () => {
    house = mkdtempSync(join(tmpdir(), 'build-'))
    for (const file of [
      'tools/build.ts',
      'tools/tree.ts',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
    ])
      cpSync(join(root, file), join(house, file))
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
    write('models/nano/build.ts', NANO)
    write('models/nano/weights.safetensors', '')
    write('models/catalog.json', '{}')
    write('nodes/README.md', '')
    write('nodes/eye/eye.ts', "import { lid } from './lid.ts'\nexport const eye = [lid]\n")
    write('nodes/eye/lid.ts', 'export const lid = 1\n')
    write('nodes/eye/eye.html', '<p>')
    write('nodes/eye/locales/de/eye.json', '{}')
  }
  /** To copy takes far less time than to compile. */
  const isBuilt = () => cpSync(dist, join(house, 'dist'), { recursive: true })

  before(() => {
    newHouse()
    build()
    dist = mkdtempSync(join(tmpdir(), 'build-'))
    cpSync(join(house, 'dist'), dist, { recursive: true })
    rmSync(house, { recursive: true })
  })
  after(() => rmSync(dist, { recursive: true }))
  beforeEach(newHouse)
  afterEach(() => rmSync(house, { recursive: true }))

  it('compiles the rooms, copies what lies beside the sources, and builds the nano model', () => {
    const { status, stdout, stderr } = build()
    assert.equal(status, 0, stderr)
    assert.equal(stdout, '', 'standard output belongs to the command that is run after it')
    assert.deepEqual(built(), [
      'dist/built/nano/model.json',
      'dist/models/catalog.json',
      'dist/models/nano/build.js',
      'dist/nodes/eye/eye.html',
      'dist/nodes/eye/eye.js',
      'dist/nodes/eye/lid.js',
      'dist/nodes/eye/locales/de/eye.json',
    ])
    assert.match(readFileSync(join(house, 'dist/nodes/eye/eye.js'), 'utf8'), /from "\.\/lid\.js"/)
  })

  it('does nothing when nothing has changed', () => {
    isBuilt()
    const before = nano()
    assert.equal(build().stderr, '')
    assert.equal(nano(), before)
  })

  it('compiles again what has changed, and leaves the model alone if it is not concerned', () => {
    isBuilt()
    const before = nano()
    write('nodes/eye/eye.html', '<b>')
    write('nodes/eye/lid.ts', 'export const lid = 2\n')
    build()
    assert.equal(readFileSync(join(house, 'dist/nodes/eye/eye.html'), 'utf8'), '<b>')
    assert.match(readFileSync(join(house, 'dist/nodes/eye/lid.js'), 'utf8'), /lid = 2/)
    assert.equal(nano(), before)
  })

  it('builds the model again when its weights have changed', () => {
    isBuilt()
    const before = nano()
    write('models/nano/weights.safetensors', 'other')
    build()
    assert.notEqual(nano(), before)
  })

  it('makes again what was deleted from dist/', () => {
    isBuilt()
    rmSync(join(house, 'dist/nodes/eye/eye.html'))
    build()
    assert.ok(existsSync(join(house, 'dist/nodes/eye/eye.html')))
  })

  it('removes what sources left behind that are gone', () => {
    isBuilt()
    write('nodes/eye/eye.ts', 'export const eye = []\n')
    rmSync(join(house, 'nodes/eye/lid.ts'))
    rmSync(join(house, 'nodes/eye/locales'), { recursive: true })
    build()
    assert.deepEqual(
      built().filter((path) => path.startsWith('dist/nodes/')),
      ['dist/nodes/eye/eye.html', 'dist/nodes/eye/eye.js'],
    )
  })

  it('fails on a wrong type, says where, and fails again', () => {
    write('nodes/eye/lid.ts', "export const lid: number = ''\n")
    for (const { status, stderr } of [build(), build()]) {
      assert.equal(status, 1)
      assert.match(stderr, /nodes\/eye\/lid\.ts\(1,14\)/)
    }
  })

  it('fails when the model cannot be built, and tries again', () => {
    write('models/nano/build.ts', NANO.replace(/writeFileSync\(output.*/, "throw new Error('no memory')"))
    for (const { status, stderr } of [build(), build()]) {
      assert.notEqual(status, 0)
      assert.match(stderr, /no memory/)
    }
  })
})
