import type { Machine } from './machine.ts'

/** What a processor can do that matters for matrix products. */
export interface CpuFeatures {
  readonly avx2: boolean
  readonly avx512: boolean
  /** Products of 8-bit integers in one instruction: AVX-VNNI, AVX-512 VNNI, or ARM's dot product. Without it int8 brings nothing. */
  readonly int8: boolean
}

/** null where the system does not list them (away from Linux). */
export const cpuFeatures = async (machine: Machine): Promise<CpuFeatures | null> => {
  const text = await machine.read('/proc/cpuinfo')
  // "flags" on x86, "Features" on ARM, where asimddp is the dot product (FEAT_DotProd) and i8mm its matrix form.
  const listed = /^(?:flags|Features)\s*:(.*)$/m.exec(text ?? '')?.[1]
  if (listed === undefined) return null
  const flags = new Set(listed.trim().split(/\s+/))
  const hasAny = (...names: string[]) => names.some((name) => flags.has(name))
  return {
    avx2: hasAny('avx2'),
    avx512: hasAny('avx512f'),
    int8: hasAny('avx_vnni', 'avx512_vnni', 'asimddp', 'i8mm'),
  }
}
