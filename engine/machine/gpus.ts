import type { Machine } from './machine.ts'

/** A GPU as NVIDIA's driver tells of it. */
export interface Gpu {
  readonly name: string
  readonly driver: string
  /** e.g. `8.7`; null where the driver does not say. */
  readonly computeCapability: string | null
  /** e.g. `24564 MiB`; null where the driver does not say (a Jetson's GPU has no memory of its own). */
  readonly memory: string | null
}

const said = (text: string | undefined): string | null =>
  text === undefined || text === '' || /^\[|N\/A|Not Supported/i.test(text) ? null : text

/** The GPUs that `nvidia-smi` lists; none where there is no driver, or no such command. */
export const nvidiaGpus = async (machine: Machine): Promise<readonly Gpu[]> => {
  const query = ['--query-gpu=name,driver_version,compute_cap,memory.total', '--format=csv,noheader']
  const ran = await machine.run('nvidia-smi', query)
  if (ran?.status !== 0) return []
  return ran.stdout
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .flatMap(([name, driver, computeCapability, memory]) =>
      name === undefined || name === '' || driver === undefined
        ? []
        : [{ name, driver, computeCapability: said(computeCapability), memory: said(memory) }],
    )
}

/** Version of the driver that the kernel has loaded; null without one. */
export const kernelDriver = async (machine: Machine): Promise<string | null> => {
  const text = await machine.read('/proc/driver/nvidia/version')
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024"
  return /Module\s+(?:for \S+\s+)?(\d+(?:\.\d+)+)/.exec(text ?? '')?.[1] ?? null
}
