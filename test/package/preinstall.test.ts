import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'
import { boxEnvironment } from '../support/npm.ts'

const PROVIDERS = ['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`)

describe('the preinstall script', () => {
  let userDir: string

  before(function () {
    // Elsewhere onnxruntime-node has nothing to download, and the script nothing to do.
    if (`${process.platform}/${process.arch}` !== 'linux/x64') this.skip()
  })

  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'preinstall-'))
    for (const folder of [
      'tools',
      '../../onnxruntime-node/bin/napi-v6/linux/x64',
      '../../onnxruntime-node/script',
    ])
      mkdirSync(join(ours(), folder), { recursive: true })
    cpSync(join(root, 'tools/preinstall.mjs'), join(ours(), 'tools/preinstall.mjs'))
    for (const path of ['package.json', 'script'])
      cpSync(join(root, 'node_modules/onnxruntime-node', path), join(onnxruntime(), path), {
        recursive: true,
      })
    writeFileSync(join(libraries(), 'onnxruntime_binding.node'), 'binding')
    writeFileSync(join(libraries(), 'libonnxruntime.so.1'), 'cpu')
  })
  afterEach(() => rmSync(userDir, { recursive: true, force: true }))

  const ours = () => join(userDir, 'node_modules/@anomalyclip/node-red-anomalyclip')
  const onnxruntime = () => join(userDir, 'node_modules/onnxruntime-node')
  const libraries = () => join(onnxruntime(), 'bin/napi-v6/linux/x64')
  const contents = () => PROVIDERS.map((file) => readFileSync(join(libraries(), file), 'utf8'))

  const run = (
    cwd: string,
    script: string,
    environment: NodeJS.ProcessEnv = {},
    nuget: 'unreachable' | 'serving' = 'unreachable',
  ) => {
    const env = { ...boxEnvironment(nuget), ...environment }
    return spawnSync(process.execPath, [script], { cwd, env, encoding: 'utf8' })
  }
  const preinstall = (environment?: NodeJS.ProcessEnv) => run(ours(), 'tools/preinstall.mjs', environment)
  /** Its dependencies are the checkout's. */
  const postinstall = (environment?: NodeJS.ProcessEnv, nuget?: 'serving') =>
    run(onnxruntime(), 'script/install.js', { NODE_PATH: join(root, 'node_modules'), ...environment }, nuget)

  it('lets the install script of onnxruntime-node pass where NuGet is out of reach', () => {
    assert.equal(preinstall().status, 0)
    const { status, stderr } = postinstall()
    assert.equal(status, 0, stderr)
  })

  it('is needed for that', () => {
    const { status, stderr } = postinstall()
    assert.notEqual(status, 0)
    assert.match(stderr, /ECONNREFUSED api\.nuget\.org/)
  })

  it('says in the place of each library what it is and where to read on', () => {
    preinstall()
    for (const content of contents()) assert.match(content, /^Not a library: .*docs\/gpu\.md/s)
  })

  for (const [how, flag] of [
    ['as docs/gpu.md has it', { ONNXRUNTIME_NODE_INSTALL: 'true' }],
    ['as an npm flag', { npm_config_onnxruntime_node_install: 'true' }],
    ['by its older name', { ONNXRUNTIME_NODE_INSTALL_CUDA: 'v12' }],
  ] as const)
    it(`leaves the way open for CUDA when it is asked for later, ${how}`, () => {
      preinstall()
      const { status, stderr } = postinstall(flag, 'serving')
      assert.equal(status, 0, stderr)
      assert.deepEqual(
        contents(),
        ['cuda', 'shared', 'tensorrt'].map((name) => `\x7fELF library ${name}`),
      )
      assert.equal(readFileSync(join(libraries(), 'libonnxruntime.so.1'), 'utf8'), 'cpu')
    })

  it('touches nothing when CUDA is asked for at once', () => {
    preinstall({ npm_config_onnxruntime_node_install: 'true' })
    assert.deepEqual(readdirSync(libraries()).sort(), ['libonnxruntime.so.1', 'onnxruntime_binding.node'])
  })

  it('keeps libraries that are there', () => {
    writeFileSync(join(libraries(), PROVIDERS[0]!), 'a real one')
    preinstall()
    assert.equal(contents()[0], 'a real one')
  })

  it('finds an onnxruntime-node of its own, below it', () => {
    cpSync(onnxruntime(), join(ours(), 'node_modules/onnxruntime-node'), { recursive: true })
    preinstall()
    assert.ok(
      readdirSync(join(ours(), 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64')).includes(
        PROVIDERS[0]!,
      ),
    )
    assert.ok(!readdirSync(libraries()).includes(PROVIDERS[0]!))
  })

  it('does nothing in a checkout, whose own settings hold', () => {
    const checkout = join(userDir, 'checkout')
    cpSync(ours(), checkout, { recursive: true })
    cpSync(join(userDir, 'node_modules'), join(checkout, 'node_modules'), { recursive: true })
    assert.equal(run(checkout, 'tools/preinstall.mjs').status, 0)
    assert.ok(
      !readdirSync(join(checkout, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64')).includes(
        PROVIDERS[0]!,
      ),
    )
  })

  it('leaves another layout of onnxruntime-node alone', () => {
    rmSync(join(libraries(), 'onnxruntime_binding.node'))
    assert.equal(preinstall().status, 0)
    assert.deepEqual(readdirSync(libraries()), ['libonnxruntime.so.1'])
  })

  it('does not fail an install that has no onnxruntime-node', () => {
    rmSync(onnxruntime(), { recursive: true })
    const { status, stderr } = preinstall()
    assert.equal(status, 0)
    assert.match(stderr, /left as it is/)
  })
})
