import { dirname } from 'node:path'
import type { Machine, Ran } from '../../engine/machine/index.ts'

const GB = 1e9

/** What a command prints; null = there is no such command. */
type Said = string | Ran | null

export interface Stage extends Partial<Omit<Machine, 'read' | 'head' | 'list' | 'realPath' | 'run'>> {
  /** Contents by path. */
  readonly files?: Readonly<Record<string, string>>
  /** Where a path leads to. */
  readonly links?: Readonly<Record<string, string>>
  /** By the command alone, or with its arguments behind it. */
  readonly commands?: Readonly<Record<string, Said>>
}

const ran = (said: Said): Ran | null =>
  typeof said === 'string' ? { status: 0, stdout: said, stderr: '' } : said

/** Plays a machine: Linux on x64 with enough of everything and no GPU, unless told otherwise. */
export const machineOf = (stage: Stage = {}): Machine => {
  const { files = {}, links = {}, commands = {}, ...rest } = stage
  const paths = [...Object.keys(files), ...Object.keys(links)]
  return {
    platform: 'linux',
    arch: 'x64',
    glibc: '2.36',
    nodeVersion: '24.21.0',
    cpu: { model: 'Test CPU', cores: 8, threads: 16 },
    memory: { total: 32 * GB, available: 24 * GB, limit: null },
    env: {},
    read: async (path) => files[path] ?? null,
    head: async (path, bytes) =>
      path in files ? Buffer.from(files[path]!, 'latin1').subarray(0, bytes) : null,
    list: async (folder) => [
      ...new Set(
        paths.filter((path) => dirname(path) === folder).map((path) => path.slice(folder.length + 1)),
      ),
    ],
    realPath: async (path) => links[path] ?? path,
    isWritable: async () => true,
    freeSpace: async () => 100 * GB,
    run: async (command, args) => {
      const whole = [command, ...args].join(' ')
      const key = Object.keys(commands)
        .toSorted((a, b) => b.length - a.length)
        .find((one) => whole === one || whole.startsWith(`${one} `))
      return key === undefined ? null : ran(commands[key] ?? null)
    },
    ...rest,
  }
}

const ORIN_MODEL = 'NVIDIA Jetson Orin Nano Developer Kit\0'

/** A Jetson Orin Nano with JetPack 6: TensorRT 10.3, in a mode that saves power. */
export const ORIN: Stage = {
  arch: 'arm64',
  files: {
    '/proc/device-tree/model': ORIN_MODEL,
    '/proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0',
    '/etc/nv_tegra_release': '# R36 (release), REVISION: 4.0, GCID: 37537400, BOARD: generic\n',
    '/proc/cpuinfo':
      'processor : 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp\n',
    '/usr/lib/aarch64-linux-gnu/libnvinfer.so.10.3.0': '\x7fELF',
  },
  links: {
    '/usr/lib/aarch64-linux-gnu/libnvinfer.so.10': '/usr/lib/aarch64-linux-gnu/libnvinfer.so.10.3.0',
  },
  commands: {
    nvpmodel: 'NV Power Mode: 15W\n0\n',
    '/sbin/ldconfig':
      '1 libs found in cache\n\tlibnvinfer.so.10 (libc6,AArch64) => /usr/lib/aarch64-linux-gnu/libnvinfer.so.10\n',
  },
}
