import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { installGpuLibraries } from '../../../cli/install-gpu/install-gpu.ts'
import { type Machine, thisMachine } from '../../../engine/machine/index.ts'
import { root } from '../../../tools/tree.ts'
import { boxEnvironment } from '../../support/npm.ts'
import { isAlive } from '../../support/processes.ts'

const LIBRARIES = ['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`)
const installed = join(root, 'node_modules/onnxruntime-node')

interface Zip {
  addFile(path: string, content: Buffer): void
  toBuffer(): Buffer
}
/** Comes with onnxruntime-node, which unpacks with it. */
const AdmZip = createRequire(join(installed, 'package.json'))('adm-zip') as new () => Zip

describe('the GPU libraries of onnxruntime', () => {
  let folder: string
  const box = () => join(folder, 'onnxruntime-node')
  const libraries = () => join(box(), 'bin/napi-v6/linux/x64')
  const contents = () => LIBRARIES.map((file) => readFileSync(join(libraries(), file), 'latin1'))
  const said: string[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'install-gpu-'))
    said.length = 0
    mkdirSync(libraries(), { recursive: true })
    for (const path of ['package.json', 'script'])
      cpSync(join(installed, path), join(box(), path), { recursive: true })
    writeFileSync(join(libraries(), 'libonnxruntime.so.1'), 'cpu')
    for (const file of LIBRARIES) writeFileSync(join(libraries(), file), 'Not a library: …')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Linux on x64, with NuGet as the test has it; the script's own dependencies are the checkout's. */
  const machine = (nuget: 'unreachable' | 'serving', changes: Partial<Machine> = {}): Machine => ({
    ...thisMachine(),
    platform: 'linux',
    arch: 'x64',
    glibc: '2.36',
    env: { ...boxEnvironment(nuget), NODE_PATH: join(root, 'node_modules') },
    ...changes,
  })
  const install = (
    on: Machine,
    {
      from,
      again = false,
      signal = new AbortController().signal,
    }: { from?: string; again?: boolean; signal?: AbortSignal } = {},
  ) =>
    installGpuLibraries({
      machine: on,
      onnxruntime: { folder: box(), version: '1.30.0' },
      from,
      again,
      say: (line) => said.push(line),
      signal,
    })

  const write = (files: Record<string, string | Buffer>): string => {
    const zip = new AdmZip()
    for (const [path, content] of Object.entries(files)) zip.addFile(path, Buffer.from(content))
    const file = join(folder, 'gpu.nupkg')
    writeFileSync(file, zip.toBuffer())
    return file
  }
  const NUSPEC = 'Microsoft.ML.OnnxRuntime.Gpu.Linux.nuspec'
  const whole = (version = '1.30.0'): Record<string, string> => ({
    [NUSPEC]: `<package><metadata><version>${version}</version></metadata></package>`,
    ...Object.fromEntries(
      LIBRARIES.map((file) => [`runtimes/linux-x64/native/${file}`, `\x7fELF carried ${file}`]),
    ),
  })

  describe('from the network', () => {
    before(function () {
      // Elsewhere onnxruntime-node's script has nothing to fetch.
      if (`${process.platform}/${process.arch}` !== 'linux/x64') this.skip()
    })

    it('take the place of our placeholders, and the CPU library stays as it is', async () => {
      assert.equal(await install(machine('serving')), true)
      for (const content of contents()) assert.match(content, /^\x7fELF library/)
      assert.equal(readFileSync(join(libraries(), 'libonnxruntime.so.1'), 'utf8'), 'cpu')
      assert.match(said.join('\n'), /^Downloading https:.*1\.30\.0\.nupkg/m)
    })

    it('that cannot be reached fail with what to do, and leave everything as it was', async () => {
      await assert.rejects(install(machine('unreachable')), {
        code: 'CLI_INSTALL_GPU',
        message: /ECONNREFUSED.*HTTPS_PROXY.*install-gpu --from FILE/s,
      })
      for (const content of contents()) assert.match(content, /^Not a library/)
    })

    it('are not fetched where they are there already, unless told so', async () => {
      for (const file of LIBRARIES) writeFileSync(join(libraries(), file), '\x7fELF mine')
      assert.equal(await install(machine('unreachable')), false)
      assert.equal(await install(machine('serving'), { again: true }), true)
      assert.match(contents()[0]!, /library cuda/)
    })

    it('are fetched through the proxy that everybody else uses', async () => {
      const shows = join(box(), 'script/install.js')
      writeFileSync(
        shows,
        'console.log(process.env.GLOBAL_AGENT_HTTPS_PROXY, process.env.GLOBAL_AGENT_NO_PROXY)',
      )
      const env = { ...process.env, HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'plant.local' }
      await assert.rejects(install(machine('serving', { env })), { code: 'CLI_INSTALL_GPU' })
      assert.deepEqual(said, ['http://proxy:3128 plant.local'])
    })

    it('that are no libraries afterwards are told', async () => {
      writeFileSync(join(box(), 'script/install.js'), '')
      await assert.rejects(install(machine('serving')), {
        code: 'CLI_INSTALL_GPU',
        message: /libonnxruntime_providers_shared\.so.* no library/,
      })
    })

    /** Its first library is half there, which looks like a whole one, when it goes on to `then`. */
    const halfDone = (then: string) => {
      writeFileSync(
        join(box(), 'script/install.js'),
        `const { mkdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const libraries = join(__dirname, '../bin/napi-v6/linux/x64')
mkdirSync(libraries, { recursive: true })
writeFileSync(join(libraries, '${LIBRARIES[0]}'), '\\x7fELF half')
console.log('half ' + process.pid)
${then}`,
      )
    }
    const nothingIsLeft = () => {
      for (const content of contents()) assert.match(content, /^Not a library/)
      assert.deepEqual(readdirSync(libraries()).sort(), [...LIBRARIES, 'libonnxruntime.so.1'].sort())
    }

    it('are all of them whole or not there: a disk that is full leaves none', async () => {
      halfDone("throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })")
      await assert.rejects(install(machine('serving')), { code: 'CLI_INSTALL_GPU', message: /ENOSPC/ })
      nothingIsLeft()
    })

    it('that are interrupted leave none, and the script is gone', async () => {
      halfDone("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)")
      const controller = new AbortController()
      const installing = install(machine('serving'), { signal: controller.signal })
      while (said.length === 0) await setTimeout(20)
      controller.abort()
      await assert.rejects(installing, { name: 'AbortError' })
      assert.ok(!isAlive(Number(said[0]!.split(' ')[1])))
      nothingIsLeft()
    })

    it('take the place of what an install that was killed has left', async () => {
      mkdirSync(join(libraries(), '.install-gpu'))
      writeFileSync(join(libraries(), '.install-gpu', 'half'), '')
      assert.equal(await install(machine('serving')), true)
      assert.deepEqual(readdirSync(libraries()).sort(), [...LIBRARIES, 'libonnxruntime.so.1'].sort())
    })
  })

  describe('from a file', () => {
    it('are put in place whole, and nothing else is left there', async () => {
      assert.equal(await install(machine('unreachable'), { from: write(whole()) }), true)
      assert.deepEqual(
        contents(),
        LIBRARIES.map((file) => `\x7fELF carried ${file}`),
      )
      assert.deepEqual(readdirSync(libraries()).sort(), [...LIBRARIES, 'libonnxruntime.so.1'].sort())
    })

    const refused = async (file: string, message: RegExp) => {
      await assert.rejects(install(machine('unreachable'), { from: file }), {
        code: 'CLI_INSTALL_GPU',
        message,
      })
      for (const content of contents()) assert.match(content, /^Not a library/)
      assert.deepEqual(readdirSync(libraries()).sort(), [...LIBRARIES, 'libonnxruntime.so.1'].sort())
    }

    it('of another version are refused', () => refused(write(whole('1.29.0')), /1\.29\.0.*1\.30\.0/))

    it('that lack a library are refused', () => {
      const others = Object.fromEntries(
        Object.entries(whole()).filter(([path]) => !path.includes('tensorrt')),
      )
      return refused(write(others), /no libonnxruntime_providers_tensorrt\.so/)
    })

    it('of another package are refused', () => refused(write({ 'other.nuspec': '' }), /is not the file/))

    it('that are no archive, or not there, are refused', async () => {
      const file = join(folder, 'text.nupkg')
      writeFileSync(file, 'not an archive')
      await refused(file, /cannot be read/)
      await refused(join(folder, 'nowhere'), /ENOENT/)
    })

    it('with a byte changed on the way are refused', () => {
      const file = write(whole())
      const bytes = readFileSync(file)
      // Packed data of the first library, whose text is long enough to be told apart.
      const at = bytes.indexOf(LIBRARIES[0]!) + LIBRARIES[0]!.length + 4
      bytes[at]! ^= 0x10
      writeFileSync(file, bytes)
      return refused(file, /damaged|cannot be read/)
    })
  })

  it('are refused to systems that they are not made for, with the way that there is', async () => {
    await assert.rejects(install(machine('serving', { arch: 'arm64' })), {
      code: 'CLI_INSTALL_GPU',
      message: /docs\/jetson\.md/,
    })
    await assert.rejects(install(machine('serving', { platform: 'win32' })), { code: 'CLI_INSTALL_GPU' })
    await assert.rejects(install(machine('serving', { glibc: null })), {
      code: 'CLI_INSTALL_GPU',
      message: /musl/,
    })
    assert.deepEqual(said, [])
  })

  it('are refused a folder that may not be written to', async () => {
    await assert.rejects(install(machine('serving', { isWritable: async () => false })), {
      code: 'CLI_INSTALL_GPU',
      message: /cannot be written to/,
    })
  })
})
