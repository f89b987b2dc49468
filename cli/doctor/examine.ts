import { examineDisk } from './checks/disk.ts'
import { examineCpu, examineMemory } from './checks/hardware.ts'
import { examineJetson } from './checks/jetson.ts'
import { examineGpu, examineLoader, examineToolkit } from './checks/nvidia.ts'
import { examineOnnxruntime, examineProviderLibraries } from './checks/onnxruntime.ts'
import { examineLibc, examineNode, examineSystem } from './checks/system.ts'
import { examineDevices } from './checks/trials.ts'
import type { Check, Examination, Patient } from './types.ts'

/** From the ground up: what stands higher needs what stands below. */
const EXAMINATIONS: readonly Examination[] = [
  examineSystem,
  examineLibc,
  examineNode,
  examineCpu,
  examineMemory,
  examineDisk,
  examineJetson,
  examineGpu,
  examineToolkit,
  examineOnnxruntime,
  examineProviderLibraries,
  examineLoader,
  examineDevices,
]

/** Looks at everything, one after the other; tells of each check as soon as it is made. */
export const examine = async (
  patient: Patient,
  onCheck: (check: Check) => Promise<void>,
): Promise<readonly Check[]> => {
  const checks: Check[] = []
  for (const examination of EXAMINATIONS)
    for (const check of await examination(patient)) {
      checks.push(check)
      await onCheck(check)
    }
  return checks
}
