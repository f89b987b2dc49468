import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

const SCRIPT = join(root, 'tools/jetson/build-onnxruntime-node.sh')
const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env, script = SCRIPT) =>
  spawnSync('bash', [script, ...args], { encoding: 'utf8', env })

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}

describe('the script that builds onnxruntime-node on a Jetson', () => {
  const dryRun = (...args: string[]) => {
    const { status, stdout, stderr } = run(['--dry-run', '--package', '/box', '--work', '/work-dir', ...args])
    assert.equal(status, 0, stderr)
    return stdout
  }

  it('is one that bash understands', () => {
    const { status, stderr } = spawnSync('bash', ['-n', SCRIPT], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  })

  it('builds the very version of onnxruntime-node that this package depends on', () => {
    assert.match(
      dryRun(),
      new RegExp(`--branch v${dependencies['onnxruntime-node']?.replaceAll('.', '\\.')} `),
    )
  })

  it('builds the Node binding with CUDA and TensorRT for Orin, and lays all of it over the package', () => {
    const steps = dryRun()
    for (const option of ['--build_nodejs', '--use_cuda', '--use_tensorrt', 'CMAKE_CUDA_ARCHITECTURES=87'])
      assert.ok(steps.includes(` ${option}`), option)
    for (const name of [
      'onnxruntime_binding.node',
      'libonnxruntime.so.1',
      'libonnxruntime_providers_shared.so',
      'libonnxruntime_providers_cuda.so',
      'libonnxruntime_providers_tensorrt.so',
    ])
      assert.ok(steps.includes(` /box/bin/napi-v6/linux/arm64/${name}\n`), name)
    assert.match(
      steps,
      /^\+ cp -a \/box\/bin\/napi-v6\/linux\/arm64 \/box\/bin\/napi-v6\/linux\/arm64\.npm$/m,
    )
  })

  it('leaves TensorRT out, builds for another GPU and with fewer compilers when told so', () => {
    const steps = dryRun('--without-tensorrt', '--architecture', '72', '--jobs', '3')
    assert.doesNotMatch(steps, /tensorrt/)
    assert.match(steps, /--parallel 3 .*CMAKE_CUDA_ARCHITECTURES=72/)
  })

  it('takes one compiler at a time, or one for every 4 GB', () => {
    const [, jobs] = /--parallel (\d+) /.exec(dryRun()) ?? []
    const kilobytes = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])
    assert.equal(Number(jobs), Math.max(1, Math.floor(kilobytes / 4_000_000)))
  })

  it('does nothing on another processor, and says so', function () {
    if (process.arch === 'arm64') this.skip()
    const { status, stdout, stderr } = run(['--package', '/box', '--work', '/work-dir'])
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /runs on the board itself/)
  })

  it('refuses options and values that nobody can mean', () => {
    for (const args of [['--fast'], ['--jobs'], ['--jobs', '0'], ['--architecture', 'orin']]) {
      const { status, stderr } = run(['--dry-run', ...args])
      assert.equal(status, 1, args.join(' '))
      assert.match(stderr, /^build-onnxruntime-node\.sh: /)
    }
  })

  describe('on a board', () => {
    let folder: string
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'jetson-'))
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    const command = (name: string, body: string) => {
      const path = join(folder, 'bin', name)
      mkdirSync(join(folder, 'bin'), { recursive: true })
      writeFileSync(path, `#!/bin/bash\n${body}\n`)
      chmodSync(path, 0o755)
    }
    const write = (path: string, content: string) => {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    /** Stand-ins for the board's own: git brings a build.sh that makes what the real one makes. */
    const board = (version: string) => {
      command('uname', 'echo aarch64')
      for (const tool of ['python3', 'g++', 'npm']) command(tool, '')
      command('cmake', 'echo "cmake version 3.28.3"')
      command('df', 'echo Avail; echo 90000000')
      write('cuda/bin/nvcc', '')
      chmodSync(join(folder, 'cuda/bin/nvcc'), 0o755)
      command(
        'git',
        `to="\${@: -1}"
mkdir -p "$to/.git" "$to/cmake"
echo "$5" > "$to/tag"
echo 'cmake_minimum_required(VERSION 3.28)' > "$to/cmake/CMakeLists.txt"
cp ${join(folder, 'build.sh')} "$to/build.sh"`,
      )
      write(
        'build.sh',
        `#!/bin/bash
set -e
source=$(cd "$(dirname "$0")" && pwd)
arguments="$*"
release=\${arguments#*--build_dir }
release=\${release%% *}/Release
built="built $(cat "$source/tag")"
mkdir -p "$release" "$source/js/node/bin/napi-v6/linux/arm64"
echo "$built" > "$source/js/node/bin/napi-v6/linux/arm64/onnxruntime_binding.node"
for name in libonnxruntime.so.1.30.0 libonnxruntime_providers_shared.so libonnxruntime_providers_cuda.so libonnxruntime_providers_tensorrt.so; do
  echo "$built" > "$release/$name"
done
ln -sf libonnxruntime.so.1.30.0 "$release/libonnxruntime.so.1"
`,
      )
      chmodSync(join(folder, 'build.sh'), 0o755)
      write('package/package.json', JSON.stringify({ version, main: 'index.js' }))
      write('package/index.js', "exports.listSupportedBackends = () => [{ name: 'cpu' }, { name: 'cuda' }]")
      write('package/bin/napi-v6/linux/arm64/onnxruntime_binding.node', 'npm')
    }
    const build = (script = SCRIPT) =>
      run(
        ['--package', join(folder, 'package'), '--work', join(folder, 'work')],
        {
          ...process.env,
          PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
          CUDA_HOME: join(folder, 'cuda'),
        },
        script,
      )
    const libraries = () => join(folder, 'package/bin/napi-v6/linux/arm64')

    it('replaces what npm brought by what was built, keeps the former, and loads the result', () => {
      board('1.30.0')
      const { status, stdout, stderr } = build()
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^cpu cuda$/m)
      assert.equal(readdirSync(libraries()).length, 5)
      for (const name of readdirSync(libraries()))
        assert.equal(readFileSync(join(libraries(), name), 'utf8'), 'built v1.30.0\n', name)
      assert.equal(readFileSync(join(`${libraries()}.npm`, 'onnxruntime_binding.node'), 'utf8'), 'npm')
    })

    it('goes on with the sources of an earlier run, and keeps what npm brought only once', () => {
      board('1.30.0')
      build()
      command('git', 'exit 1')
      const { status, stderr } = build()
      assert.equal(status, 0, stderr)
      assert.equal(readFileSync(join(`${libraries()}.npm`, 'onnxruntime_binding.node'), 'utf8'), 'npm')
    })

    it('builds the version of the package anew after an update, with the sources of the former one still there', () => {
      board('1.29.0')
      write('former.sh', readFileSync(SCRIPT, 'utf8').replace(/^VERSION=.*$/m, 'VERSION=1.29.0'))
      const former = build(join(folder, 'former.sh'))
      assert.equal(former.status, 0, former.stderr)
      const binding = () => readFileSync(join(libraries(), 'onnxruntime_binding.node'), 'utf8')
      assert.equal(binding(), 'built v1.29.0\n')
      // As npm does it.
      rmSync(join(folder, 'package'), { recursive: true })
      board('1.30.0')
      const { status, stderr } = build()
      assert.equal(status, 0, stderr)
      assert.equal(binding(), 'built v1.30.0\n')
    })

    it('names the CMake that it needs before anything is fetched, and what the sources ask for after that', () => {
      board('1.30.0')
      command('cmake', 'echo "cmake version 3.22.1"')
      const old = build()
      assert.equal(old.status, 1)
      assert.match(old.stderr, /CMake is 3\.22\.1, and onnxruntime 1\.30\.0 needs 3\.28 or later/)
      assert.ok(!existsSync(join(folder, 'work')))
      command('cmake', 'echo "cmake version 3.30.0"')
      assert.equal(build().status, 0)
      write('work/source-1.30.0/cmake/CMakeLists.txt', 'cmake_minimum_required(VERSION 3.31)\n')
      assert.match(build().stderr, /CMake is 3\.30\.0, .* needs 3\.31 or later/)
    })

    it('does not begin for hours where the package is of another version', () => {
      board('1.29.0')
      const { status, stderr } = build()
      assert.equal(status, 1)
      assert.match(stderr, /version 1\.29\.0, and this script builds 1\.30\.0/)
    })
  })
})
