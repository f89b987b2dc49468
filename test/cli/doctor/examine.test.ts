import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Verdict } from '../../../cli/doctor/types.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { ORIN, type Stage } from '../../support/machines.ts'
import { examined, GPU_INSTALLED, libraryOf, onnxruntimeWith } from './patient.ts'

type Checks = Awaited<ReturnType<typeof examined>>

/** Ids of the checks that are not ok. */
const withVerdict = (checks: Checks, verdict: Verdict): string[] =>
  Object.values(checks)
    .filter((check) => check.verdict === verdict)
    .map(({ id }) => id)

describe('the doctor, of a machine without a GPU', () => {
  it('has nothing to say against the device cpu', async () => {
    const checks = await examined({ files: { '/proc/cpuinfo': 'flags : avx2 avx512f avx512_vnni\n' } })
    assert.deepEqual([withVerdict(checks, 'warning'), withVerdict(checks, 'missing')], [[], []])
    assert.equal(
      checks['device-cpu']?.found,
      'nano matches reference, largest difference 0.0000015 in the score and 0.000022 in the map (allowed: 0.01 and 0.01)',
    )
    assert.match(checks.cpu!.found, /8 cores, 16 threads; AVX2, AVX-512, VNNI; int8 models are worth/)
  })

  it('names hardware threads alone where the system tells of no cores', async () => {
    const { cpu } = await examined({ cpu: { model: 'M4', cores: null, threads: 10 } })
    assert.equal(cpu!.found, 'M4, 10 threads')
  })

  it('advises a Linux driver, but in WSL2 that of Windows', async () => {
    const { gpu } = await examined({}, { device: 'cuda' })
    assert.match(gpu!.fix!, /ubuntu-drivers/)
    const files = { '/proc/sys/kernel/osrelease': '5.15.153.1-microsoft-standard-WSL2\n' }
    const inWindows = await examined({ files }, { device: 'cuda' })
    assert.match(inWindows.gpu!.fix!, /for Windows.*wsl --update/)
    assert.doesNotMatch(inWindows.gpu!.fix!, /ubuntu-drivers/)
  })

  it('names everything that the device cuda lacks, each with what to do', async () => {
    const checks = await examined({}, { device: 'cuda' })
    assert.deepEqual(withVerdict(checks, 'missing'), ['gpu', 'gpu-libraries', 'device-cuda'])
    assert.equal(checks['gpu-libraries']?.fix, 'anomalyclip install-gpu')
    for (const check of Object.values(checks))
      assert.equal(check.fix === null, check.verdict === 'ok', check.id)
  })

  it('tells our placeholders from libraries', async () => {
    const files = Object.fromEntries(
      ['shared', 'cuda', 'tensorrt'].map((name) => [libraryOf(name), 'Not a library: CUDA support is…']),
    )
    const { 'gpu-libraries': check } = await examined({ files }, { device: 'cuda' })
    assert.equal(check?.verdict, 'missing')
    assert.match(check.found, /only hold their place/)
  })

  it('does not try TensorRT, which compiles for minutes, unless asked', async () => {
    const tried: string[] = []
    await examined(
      {},
      {
        tryOut: async (_model, device) => {
          tried.push(device)
          return { works: false, reason: 'ENGINE_DEVICE: none' }
        },
      },
    )
    assert.deepEqual(tried, ['cpu', 'cuda'])
  })

  it('warns of a device that gives wrong maps, also when it was not asked for', async () => {
    const checks = await examined({}, {}, { cuda: 'ENGINE_SELF_TEST: on cuda the map is off by 0.4' })
    assert.equal(checks['device-cuda']?.verdict, 'warning')
    assert.match(checks['device-cuda'].found, /off by 0\.4/)
  })
})

describe('the doctor, of a machine that is of no use', () => {
  const findings: readonly [string, Stage, string, RegExp][] = [
    ['musl', { glibc: null }, 'libc', /Debian/],
    ['an old glibc', { glibc: '2.17' }, 'libc', /Update/],
    ['an old Node.js', { nodeVersion: '20.11.1' }, 'node', /Update Node/],
    ['a system without onnxruntime', { platform: 'freebsd' }, 'system', /Linux/],
    ['a 32-bit ARM', { arch: 'arm' }, 'system', /arm64/],
    [
      'a container with little memory',
      { memory: { total: 32e9, available: 24e9, limit: 2e8 } },
      'memory',
      /docker run --memory/,
    ],
  ]
  for (const [what, stage, id, fix] of findings)
    it(`for ${what}, says so and what to do`, async () => {
      const check = (await examined(stage))[id]
      assert.equal(check?.verdict, 'missing')
      assert.match(check.fix!, fix)
    })

  it('for onnxruntime-node that does not load, gives the reason and tries no model', async () => {
    const checks = await examined({}, { onnxruntime: onnxruntimeWith(null, 'Error loading shared library') })
    assert.match(checks.onnxruntime!.found, /does not load: Error loading shared library/)
    assert.equal(checks['device-cpu'], undefined)
  })

  it('for onnxruntime-node that is not installed, says how to install it', async () => {
    const { onnxruntime } = await examined({}, { onnxruntime: null })
    assert.match(onnxruntime!.fix!, /npm install/)
  })

  it('for a model that is not there, says so', async () => {
    const { model } = await examined({}, { model: '/nowhere' })
    assert.match(model!.found, /MODEL_MISSING/)
  })
})

describe('the doctor, of a machine that is slow or nearly full', () => {
  it('warns of a processor without AVX2, as virtual machines show it by default', async () => {
    const { cpu } = await examined({ files: { '/proc/cpuinfo': 'flags : fpu sse2 ssse3\n' } })
    assert.equal(cpu?.verdict, 'warning')
    assert.match(cpu.fix!, /-cpu host/)
    assert.match(cpu.found, /int8 models are not worth it/)
  })

  it('warns of memory that ViT-L does not fit into', async () => {
    const { memory } = await examined({ memory: { total: 2e9, available: 1e9, limit: null } })
    assert.equal(memory?.verdict, 'warning')
  })

  it('warns of a user folder that cannot be written to, or has no room for ViT-L', async () => {
    const locked = await examined({ isWritable: async () => false })
    assert.match(locked.disk!.found, /cannot be written to/)
    const full = await examined({ freeSpace: async () => 1e9 })
    assert.equal(full.disk?.verdict, 'warning')
  })
})

describe('the doctor, of a machine with an NVIDIA GPU', () => {
  const GPU: Stage = {
    files: GPU_INSTALLED,
    commands: {
      'nvidia-smi': 'NVIDIA L4, 550.54.15, 8.9, 23034 MiB\n',
      ldd: '\tlibc.so.6 => /lib/libc.so.6 (0x1)\n',
    },
  }

  it('is content where the loader finds everything and the model matches its reference', async () => {
    const checks = await examined(GPU, { device: 'cuda' }, {})
    assert.deepEqual(withVerdict(checks, 'missing'), [])
    assert.match(checks['device-cuda']!.found, /matches reference/)
    assert.match(checks.gpu!.found, /NVIDIA L4, driver 550\.54\.15, compute capability 8\.9/)
  })

  it('names the libraries that the loader does not find, and the part that brings them', async () => {
    const ldd =
      '\tlibcublasLt.so.12 => not found\n\tlibcudnn.so.9 => not found\n\tlibm.so.6 => /lib/libm.so.6\n'
    const { loader } = await examined({ ...GPU, commands: { ...GPU.commands, ldd } }, { device: 'cuda' })
    assert.equal(loader?.verdict, 'missing')
    assert.match(loader.found, /libcublasLt\.so\.12, libcudnn\.so\.9/)
    assert.match(loader.fix!, /CUDA 12 \(libcublasLt.*cuDNN 9/)
  })

  it('does not take it for well where ldd is not there, or fails', async () => {
    const said = async (ldd: NonNullable<Stage['commands']>[string]) =>
      (await examined({ ...GPU, commands: { ...GPU.commands, ldd } }, { device: 'cuda' })).loader!
    const absent = await said(null)
    assert.equal(absent.verdict, 'warning')
    assert.match(absent.found, /no command ldd/)
    const failed = await said({ status: 1, stdout: '', stderr: 'ldd: exited with unknown exit code (139)\n' })
    assert.equal(failed.verdict, 'warning')
    assert.match(failed.found, /unknown exit code \(139\)/)
    assert.equal((await said({ status: null, stdout: '', stderr: '' })).verdict, 'warning')
  })

  it('names the versions that libraries are too old for', async () => {
    const stderr = "x.so: /lib/libc.so.6: version `GLIBC_2.34' not found (required by x.so)\n"
    const stdout = '\tlibc.so.6 => /lib/libc.so.6 (0x1)\n'
    for (const ldd of [
      { status: 1, stdout, stderr },
      { status: 0, stdout: stderr + stdout, stderr: '' },
    ]) {
      const { loader } = await examined({ ...GPU, commands: { ...GPU.commands, ldd } }, { device: 'cuda' })
      assert.equal(loader?.verdict, 'missing')
      assert.match(loader.found, /lack GLIBC_2\.34\.$/)
    }
  })

  it('points the loader to a library that lies where it does not look', async () => {
    const files = { ...GPU.files, '/opt/tensorrt/lib/libnvinfer.so.10.9.0': '' }
    const commands = { ...GPU.commands, ldd: '\tlibnvinfer.so.10 => not found\n' }
    const { loader } = await examined({ files, commands }, { device: 'tensorrt' })
    assert.match(loader!.fix!, /LD_LIBRARY_PATH=\/opt\/tensorrt\/lib/)
    assert.doesNotMatch(loader!.fix!, /Install/)
  })

  for (const version of ['10.3.0', '10.4.0', '10.7.0'])
    it(`warns of TensorRT ${version}, which is known for wrong attention`, async () => {
      const files = { ...GPU.files, [`/opt/tensorrt/lib/libnvinfer.so.${version}`]: '' }
      const { tensorrt } = await examined({ ...GPU, files }, { device: 'tensorrt' })
      assert.equal(tensorrt?.verdict, 'warning')
    })

  it('has nothing against TensorRT 10.9.0 and 10.13.3', async () => {
    for (const version of ['10.9.0', '10.13.3']) {
      const files = { ...GPU.files, [`/opt/tensorrt/lib/libnvinfer.so.${version}`]: '' }
      const { tensorrt } = await examined({ ...GPU, files }, { device: 'tensorrt' })
      assert.equal(tensorrt?.verdict, 'ok')
    }
  })

  it('says what to do where the driver is loaded and lists no GPU', async () => {
    const files = {
      '/proc/driver/nvidia/version': 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  x',
    }
    const { gpu } = await examined({ files }, { device: 'cuda' })
    assert.match(gpu!.found, /driver 550\.54\.15 is loaded/)
  })
})

describe('the doctor, of a model with fused attention', () => {
  it('warns those who want TensorRT, which leaves such attention to CUDA, and nobody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doctor-'))
    try {
      await cp(nanoModelDir(), folder, { recursive: true })
      const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as ModelManifest
      const write = (attention: string) =>
        writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, attention }))
      await write('fused')
      const model = folder
      assert.match((await examined({}, { model, device: 'tensorrt' })).attention!.fix!, /--attention plain/)
      assert.equal((await examined({}, { model, device: 'cuda' })).attention, undefined)
      await write('plain')
      assert.equal((await examined({}, { model, device: 'tensorrt' })).attention, undefined)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('the doctor, of a model in another precision than fp32', () => {
  const VNNI = { files: { '/proc/cpuinfo': 'flags : avx2 avx512f avx512_vnni\n' } }
  const PLAIN = { files: { '/proc/cpuinfo': 'flags : avx2\n' } }
  for (const [precision, device, stage, advice] of [
    ['int8', 'cpu', PLAIN, /without VNNI/],
    ['int8', 'cpu', VNNI, null],
    // Nobody says.
    ['int8', 'cpu', {}, null],
    ['fp16', 'cpu', VNNI, /slower there than fp32/],
    ['fp16', 'cuda', VNNI, null],
    ['int8', 'cuda', VNNI, /made for CPUs/],
    ['int4', 'tensorrt', VNNI, /made for CPUs/],
    ['int4', 'cpu', PLAIN, null],
    ['fp32', 'cpu', PLAIN, null],
  ] as const)
    it(`${precision} on ${device} ${'files' in stage ? stage.files['/proc/cpuinfo'].trim() : ''}: ${advice === null ? 'says nothing' : 'warns'}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'doctor-'))
      try {
        await cp(nanoModelDir(), folder, { recursive: true })
        const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as ModelManifest
        await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, precision }))
        const { precision: check } = await examined(stage, { model: folder, device })
        if (advice === null) assert.equal(check, undefined)
        else {
          assert.equal(check?.verdict, 'warning')
          assert.match(check.found, advice)
        }
      } finally {
        await rm(folder, { recursive: true })
      }
    })
})

describe('the doctor, of a Jetson', () => {
  const onnxruntime = onnxruntimeWith(['cpu'])

  it('names board, release, power mode and the TensorRT of JetPack 6, which is known for wrong attention', async () => {
    const checks = await examined(ORIN, { device: 'tensorrt', onnxruntime })
    assert.match(checks.jetson!.found, /Orin Nano Developer Kit, Jetson Linux 36\.4\.0/)
    assert.equal(checks['jetson-power']?.verdict, 'warning')
    assert.match(checks['jetson-power'].fix!, /MAXN, where it has one/)
    assert.match(checks.tensorrt!.found, /10\.3\.0.*wrong attention/)
    assert.match(checks.gpu!.found, /compute capability 8\.7/)
    assert.match(checks.cpu!.found, /dot product; int8 models are worth/)
  })

  it('says that npm brings no GPU libraries for it, and the two ways that there are', async () => {
    const { 'gpu-libraries': check } = await examined(ORIN, { device: 'cuda', onnxruntime })
    assert.match(check!.fix!, /build-onnxruntime-node\.sh.*Triton/)
  })

  it('in its highest mode is left alone', async () => {
    const commands = { ...ORIN.commands, nvpmodel: 'NV Power Mode: MAXN_SUPER\n2\n' }
    assert.equal((await examined({ ...ORIN, commands }, { onnxruntime }))['jetson-power']?.verdict, 'ok')
  })
})
