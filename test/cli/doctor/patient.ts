import { examine } from '../../../cli/doctor/examine.ts'
import type { Check, Patient } from '../../../cli/doctor/types.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { LEAST_TOLERANCE } from '../../../models/precision/tolerance.ts'
import { machineOf, type Stage } from '../../support/machines.ts'

const FOLDER = '/box/node_modules/onnxruntime-node'

/** Where the stage has the libraries of onnxruntime-node. */
export const libraryOf = (name: string, arch = 'x64'): string =>
  `${FOLDER}/bin/napi-v6/linux/${arch}/libonnxruntime_providers_${name}.so`

/** onnxruntime-node as npm brings it for x64. */
const ONNXRUNTIME = {
  folder: FOLDER,
  version: '1.30.0',
  offered: { devices: ['cpu', 'webgpu', 'cuda', 'tensorrt'], why: '' },
}

/** The same as npm brings it for arm64, or where it does not load. */
export const onnxruntimeWith = (devices: readonly string[] | null, why = '') => ({
  ...ONNXRUNTIME,
  offered: { devices, why },
})

/** Files as though `install-gpu` had been run. */
export const GPU_INSTALLED = Object.fromEntries(
  ['shared', 'cuda', 'tensorrt'].map((name) => [libraryOf(name), '\x7fELF']),
)

/** What the doctor says of a machine, by the id of the check. Every model works on every device that is not in `broken`. */
export const examined = async (
  stage: Stage,
  patient: Partial<Patient> = {},
  broken: Readonly<Record<string, string>> = { cuda: 'ENGINE_DEVICE: none', tensorrt: 'ENGINE_DEVICE: none' },
): Promise<Record<string, Check>> => {
  const checks = await examine(
    {
      machine: machineOf(stage),
      device: 'cpu',
      userDir: '/home/user/.node-red',
      model: nanoModelDir(),
      onnxruntime: ONNXRUNTIME,
      tryOut: async (_model, device) =>
        broken[device] === undefined
          ? {
              works: true,
              selfTest: { score: 1.5e-6, map: 2.2e-5, mapMean: 1e-6, tolerance: LEAST_TOLERANCE },
            }
          : { works: false, reason: broken[device] },
      ...patient,
    },
    async () => {},
  )
  return Object.fromEntries(checks.map((check) => [check.id, check]))
}
