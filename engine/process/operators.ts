import { codedError } from '../../errors/index.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import type { PrecisionName } from '../../models/precision/names.ts'
import type { Device } from '../types.ts'

/** Operators that the linear layers are made of, where onnxruntime has them not for every device. */
const OPERATORS: Partial<
  Record<PrecisionName, { readonly operator: string; readonly devices: readonly Device[] }>
> = {
  int8: { operator: 'DynamicQuantizeMatMul', devices: ['cpu'] },
  int4: { operator: 'MatMulNBits', devices: ['cpu', 'cuda'] },
}

/**
 * onnxruntime gives what a device has no kernel for to another one, in the end to the CPU, and does not say so: the model would be slow on a GPU that
 * is shown to run it.
 * @throws MODEL_GPU
 */
export const checkOperators = (
  { name, precision }: Pick<ModelManifest, 'name' | 'precision'>,
  device: Device,
): void => {
  const { operator, devices } = OPERATORS[precision] ?? {}
  if (devices === undefined || devices.includes(device)) return
  throw codedError(
    'MODEL_GPU',
    `"${name}" is ${precision}, and "${device}" does not have ${operator}, of which its linear layers are made: they would run elsewhere. ` +
      `Build the model with --precision fp16${device === 'tensorrt' ? ' --attention plain' : ''}, or choose the device ${devices.join(' or ')}.`,
  )
}
