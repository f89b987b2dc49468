import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'
import { NPM_VERSIONS, PALETTE_NPM, runNpm } from '../support/npm.ts'

const SAMPLE = 'pcb-good-0.png'

/** What the palette manager runs in userDir. Source: Node-RED 5, @node-red/registry/lib/installer.js. */
const PALETTE_INSTALL = [
  'install',
  ...[
    '--no-audit',
    '--no-update-notifier',
    '--no-fund',
    '--save',
    '--save-prefix=~',
    '--omit=dev',
    '--engine-strict',
  ],
  '--',
]

/** Needs the package registry, as `npm ci` does, and a finished build. */
describe('an install from the palette, where only the package registry can be reached', function () {
  this.timeout(300_000)
  let box: string
  let tarball: string

  const emptyUserDir = (): string => {
    const userDir = mkdtempSync(join(box, 'userDir-'))
    writeFileSync(join(userDir, 'package.json'), '{ "name": "node-red-project", "private": true }')
    return userDir
  }

  before(() => {
    box = mkdtempSync(join(tmpdir(), 'palette-'))
    const pack = join(box, 'pack')
    mkdirSync(pack)
    const { status, stderr } = runNpm(PALETTE_NPM, root, [
      'pack',
      '--ignore-scripts',
      '--pack-destination',
      pack,
    ])
    assert.equal(status, 0, stderr)
    tarball = join(pack, readdirSync(pack)[0]!)
  })
  after(() => rmSync(box, { recursive: true, force: true }))

  for (const [name, npm] of Object.entries(NPM_VERSIONS))
    it(`succeeds with ${name}, and the package inspects an image`, () => {
      const userDir = emptyUserDir()
      const { status, stderr } = runNpm(npm(box), userDir, [...PALETTE_INSTALL, tarball])
      assert.equal(status, 0, stderr)
      assert.ok(Math.abs(scoreOf(userDir) - expectedScore()) < 1e-3)
      rmSync(userDir, { recursive: true })
    })

  it('would fail without our preinstall script, as onnxruntime-node alone does', function () {
    if (`${process.platform}/${process.arch}` !== 'linux/x64') this.skip()
    const manifest = readFileSync(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    const wanted = `onnxruntime-node@${version}`
    const { status, stderr } = runNpm(PALETTE_NPM, emptyUserDir(), [...PALETTE_INSTALL, wanted])
    assert.notEqual(status, 0)
    assert.match(stderr, /ECONNREFUSED api\.nuget\.org/)
  })
})

/** By the command that the install has put there, with the model that the package brings. */
const scoreOf = (userDir: string): number => {
  const image = join(root, 'models/nano/samples', SAMPLE)
  const command = [join(userDir, 'node_modules/.bin/anomalyclip'), 'detect', image, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return (JSON.parse(stdout) as { score: number }).score
}

const expectedScore = (): number => {
  const { samples } = JSON.parse(readFileSync(join(root, 'models/nano/expected.json'), 'utf8')) as {
    samples: { file: string; score: number }[]
  }
  return samples.find(({ file }) => file === SAMPLE)!.score
}
