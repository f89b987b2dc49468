import { cpuFeatures } from '../../../engine/machine/index.ts'
import type { Examination } from '../types.ts'
import { checksOf } from './check.ts'

/** Of the inference process with ViT-L in fp32, measured: docs/benchmarks.md. */
const VIT_L_BYTES = 1.8e9
/** Of nano, the smallest model, with the flow's process beside it. */
const NANO_BYTES = 0.4e9

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

export const examineCpu: Examination = async ({ machine }) => {
  const { ok, warning } = checksOf('cpu', 'Processor')
  const { model, cores, threads } = machine.cpu
  const found = `${model}, ${cores === null ? '' : `${cores} cores, `}${threads} threads`
  const features = await cpuFeatures(machine)
  if (features === null) return [ok(found)]
  const { avx2, avx512, int8 } = features
  const names = [
    ...(avx2 ? ['AVX2'] : []),
    ...(avx512 ? ['AVX-512'] : []),
    ...(int8 ? [machine.arch === 'arm64' ? 'dot product' : 'VNNI'] : []),
  ]
  const advice = int8
    ? 'int8 models are worth trying here'
    : `int8 models are not worth it here, without ${machine.arch === 'arm64' ? 'the dot product' : 'VNNI'}`
  const said = `${found}; ${names.join(', ') || 'no vector instructions that matter'}; ${advice}.`
  return machine.arch === 'x64' && !avx2
    ? [
        warning(
          `${said} Without AVX2 a model takes several times as long.`,
          'In a virtual machine, pass the host processor through (QEMU: -cpu host; Proxmox: type host).',
        ),
      ]
    : [ok(said)]
}

export const examineMemory: Examination = async ({ machine }) => {
  const { ok, warning, missing } = checksOf('memory', 'Memory')
  const { total, available, limit } = machine.memory
  const usable = limit === null ? available : Math.min(available, limit)
  const found =
    `${gigabytes(total)}, ${gigabytes(available)} of it available` +
    (limit === null ? '' : `; the container or service may use ${gigabytes(limit)}`)
  if (usable < NANO_BYTES)
    return [
      missing(
        `${found}. That is too little for any model.`,
        limit === null
          ? 'End other programs, or add memory.'
          : 'Raise the limit (docker run --memory, or MemoryMax= of the service).',
      ),
    ]
  return usable < VIT_L_BYTES
    ? [
        warning(
          `${found}. ViT-L in fp32 takes about ${gigabytes(VIT_L_BYTES)}.`,
          limit === null ? 'Run nano or a smaller model, or add memory.' : 'Raise the limit for ViT-L.',
        ),
      ]
    : [ok(found)]
}
