import type { Machine } from './machine.ts'

export interface Jetson {
  /** e.g. `NVIDIA Jetson Orin Nano Developer Kit`. */
  readonly model: string
  /** Of Jetson Linux, e.g. `36.4.0`; null where it does not say. */
  readonly release: string | null
  /** e.g. `MAXN`; null where `nvpmodel` does not say. */
  readonly powerMode: string | null
  /** e.g. `8.7`; null of a board that is not in the list. */
  readonly computeCapability: string | null
}

/** By the name of the chip in the device tree. Source: NVIDIA, CUDA GPUs, table of Jetson products. */
const COMPUTE_CAPABILITIES: Readonly<Record<string, string>> = {
  tegra210: '5.3',
  tegra186: '6.2',
  tegra194: '7.2',
  tegra234: '8.7',
  tegra264: '11.0',
}

/** null on every other machine. */
export const jetsonOf = async (machine: Machine): Promise<Jetson | null> => {
  const [model, compatible, release] = await Promise.all([
    machine.read('/proc/device-tree/model'),
    machine.read('/proc/device-tree/compatible'),
    machine.read('/etc/nv_tegra_release'),
  ])
  const chip = /nvidia,(tegra\d+)/.exec(compatible ?? '')?.[1]
  if (release === null && chip === undefined) return null
  const mode = await machine.run('nvpmodel', ['-q'])
  return {
    // Texts of the device tree end with a zero byte.
    model: model?.replaceAll('\0', '').trim() || 'Jetson',
    release: releaseOf(release ?? ''),
    powerMode: /NV Power Mode:\s*(\S+)/.exec(mode?.stdout ?? '')?.[1] ?? null,
    computeCapability: COMPUTE_CAPABILITIES[chip ?? ''] ?? null,
  }
}

/** `# R36 (release), REVISION: 4.0, GCID: …` */
const releaseOf = (text: string): string | null => {
  const [, major, revision] = /R(\d+) \(release\), REVISION: ([\d.]+)/.exec(text) ?? []
  return major === undefined ? null : `${major}.${revision}`
}
