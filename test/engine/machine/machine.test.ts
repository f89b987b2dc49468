import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compareVersions,
  cpuFeatures,
  findLibraries,
  jetsonOf,
  kernelDriver,
  nvidiaGpus,
  thisMachine,
} from '../../../engine/machine/index.ts'
import { machineOf, ORIN } from '../../support/machines.ts'

const flagsOf = (flags: string) => machineOf({ files: { '/proc/cpuinfo': `flags\t\t: ${flags}\n` } })

describe('a processor', () => {
  it('is worth int8 with AVX-VNNI, AVX-512 VNNI or the dot product of ARM, and not with AVX2 alone', async () => {
    const int8 = async (flags: string) => (await cpuFeatures(flagsOf(flags)))?.int8
    assert.deepEqual(
      await Promise.all(
        ['avx avx2 fma', 'avx2 avx_vnni', 'avx512f avx512_vnni', 'fp asimd asimddp'].map(int8),
      ),
      [false, true, true, true],
    )
  })

  it('is unknown where the system does not list its features', async () => {
    assert.equal(await cpuFeatures(machineOf({ platform: 'darwin' })), null)
  })
})

describe('the GPUs of a machine', () => {
  it('are what nvidia-smi lists, without what it does not know', async () => {
    const machine = machineOf({
      commands: {
        'nvidia-smi': 'NVIDIA L4, 550.54.15, 8.9, 23034 MiB\nOrin (nvgpu), 540.4.0, [N/A], [N/A]\n',
      },
    })
    assert.deepEqual(await nvidiaGpus(machine), [
      { name: 'NVIDIA L4', driver: '550.54.15', computeCapability: '8.9', memory: '23034 MiB' },
      { name: 'Orin (nvgpu)', driver: '540.4.0', computeCapability: null, memory: null },
    ])
  })

  it('are none where nvidia-smi is missing or fails', async () => {
    const failing = { status: 9, stdout: "NVIDIA-SMI has failed because it couldn't communicate", stderr: '' }
    for (const said of [null, failing])
      assert.deepEqual(await nvidiaGpus(machineOf({ commands: { 'nvidia-smi': said } })), [])
  })

  it("have the version of the driver in the kernel's own words", async () => {
    const driverIn = (text: string) =>
      kernelDriver(machineOf({ files: { '/proc/driver/nvidia/version': text } }))
    assert.equal(
      await driverIn(
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024',
      ),
      '550.54.15',
    )
    assert.equal(
      await driverIn('NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build'),
      '570.86.10',
    )
    assert.equal(await kernelDriver(machineOf()), null)
  })
})

describe('a Jetson', () => {
  it('is told by its device tree: board, release, power mode and compute capability', async () => {
    assert.deepEqual(await jetsonOf(machineOf(ORIN)), {
      model: 'NVIDIA Jetson Orin Nano Developer Kit',
      release: '36.4.0',
      powerMode: '15W',
      computeCapability: '8.7',
    })
  })

  it('is no Raspberry Pi', async () => {
    const files = {
      '/proc/device-tree/model': 'Raspberry Pi 5\0',
      '/proc/device-tree/compatible': 'brcm,bcm2712',
    }
    assert.equal(await jetsonOf(machineOf({ files })), null)
  })
})

describe('the libraries of a machine', () => {
  it("have the version of the file that the loader's name leads to", async () => {
    assert.deepEqual(await findLibraries(machineOf(ORIN), 'libnvinfer'), [
      { version: '10.3.0', path: '/usr/lib/aarch64-linux-gnu/libnvinfer.so.10', isFound: true },
    ])
  })

  it('come first where the loader finds them, else the newest first', async () => {
    const machine = machineOf({
      env: { LD_LIBRARY_PATH: '/opt/mine' },
      files: {
        '/opt/mine/libcudart.so.12.4.127': '',
        '/usr/local/cuda-13.0/lib64/libcudart.so.13.0.48': '',
        '/usr/local/cuda-12.6/lib64/libcudart.so.12.6.77': '',
        '/usr/local/cuda-13.0': '',
        '/usr/local/cuda-12.6': '',
      },
    })
    assert.deepEqual(
      (await findLibraries(machine, 'libcudart')).map(({ version, isFound }) => [version, isFound]),
      [
        ['12.4.127', true],
        ['13.0.48', false],
        ['12.6.77', false],
      ],
    )
  })

  it('are not mistaken for others of a longer name', async () => {
    const files = { '/usr/lib64/libcudnn_ops.so.9.1.0': '', '/usr/lib64/libcudnn.so.9.1.0': '' }
    assert.equal((await findLibraries(machineOf({ files }), 'libcudnn')).length, 1)
  })

  it('are compared by number, not by letter', () => {
    assert.ok(compareVersions('10.3.0', '10.12') < 0)
    assert.ok(compareVersions('12', '9.1') > 0)
    assert.equal(compareVersions('10.3', '10.3.0'), 0)
  })
})

describe('this machine', () => {
  it('answers with null what is not there, and never throws', async () => {
    const machine = thisMachine()
    assert.equal(await machine.read('/nowhere'), null)
    assert.equal(await machine.head('/nowhere', 4), null)
    assert.deepEqual(await machine.list('/nowhere'), [])
    assert.equal(await machine.realPath('/nowhere'), null)
    assert.equal(await machine.run('no-such-command-anywhere', []), null)
  })

  it('gives what a command printed and how it ended', async () => {
    const machine = thisMachine()
    const script = 'process.stdout.write(process.env.TOLD); process.exitCode = 3'
    assert.deepEqual(await machine.run(process.execPath, ['-e', script], { TOLD: 'so' }), {
      status: 3,
      stdout: 'so',
      stderr: '',
    })
  })

  it('finds the disk of a folder that is yet to be made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'machine-'))
    try {
      const machine = thisMachine()
      await writeFile(join(folder, 'a'), '\x7fELF and more')
      assert.deepEqual(await machine.head(join(folder, 'a'), 4), Buffer.from('\x7fELF', 'latin1'))
      assert.equal(await machine.isWritable(join(folder, 'not', 'yet')), true)
      assert.ok((await machine.freeSpace(join(folder, 'not', 'yet')))! > 0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('knows its memory and its node', () => {
    const { memory, nodeVersion } = thisMachine()
    assert.ok(memory.total >= memory.available && memory.available > 0)
    assert.equal(nodeVersion, process.versions.node)
  })
})
