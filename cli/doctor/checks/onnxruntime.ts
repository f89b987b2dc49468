import { join } from 'node:path'
import { libraryFolder, libraryState, PROVIDER_LIBRARIES } from '../onnxruntime.ts'
import type { Check, Examination, Patient } from '../types.ts'
import { checksOf } from './check.ts'

export const examineOnnxruntime: Examination = async ({ onnxruntime }) => {
  const { ok, missing } = checksOf('onnxruntime', 'onnxruntime')
  if (onnxruntime === null)
    return [
      missing(
        'onnxruntime-node is not installed.',
        'In the folder of Node-RED (~/.node-red): npm install @anomalyclip/node-red-anomalyclip',
      ),
    ]
  const { devices, why } = onnxruntime.offered
  const found = `onnxruntime-node ${onnxruntime.version} in ${onnxruntime.folder}`
  return devices === null
    ? [
        missing(
          `${found} does not load: ${why}`,
          'Mend what is said of the system above; else install it anew (npm install in the folder of Node-RED).',
        ),
      ]
    : [ok(`${found}; built for ${devices.join(', ')}.`)]
}

/** Whether the libraries for NVIDIA's GPUs are there, which npm does not bring. */
export const examineProviderLibraries: Examination = async (patient) => {
  const { machine, onnxruntime, device } = patient
  if (machine.platform !== 'linux' || onnxruntime === null) return []
  const { ok } = checksOf('gpu-libraries', 'GPU libraries')
  const folder = libraryFolder(onnxruntime, machine)
  const wanted = PROVIDER_LIBRARIES.filter((file) => device === 'tensorrt' || !file.includes('tensorrt'))
  const states = await Promise.all(wanted.map((file) => libraryState(machine, join(folder, file))))
  if (states.every((state) => state === 'there'))
    return [ok(`onnxruntime's GPU libraries are installed in ${folder}`)]
  const how = states.includes('placeholder')
    ? 'are not installed: files that only hold their place are there, as after every install of this package'
    : states.includes('there')
      ? 'are not complete'
      : 'are not installed; no install script has put them there, or npm ran none'
  if (device === 'cpu') return [ok(`onnxruntime's GPU libraries ${how}. The device cpu needs none.`)]
  return [missingLibraries(patient, `onnxruntime's GPU libraries ${how}.`)]
}

const missingLibraries = ({ machine }: Patient, found: string): Check => {
  const { missing } = checksOf('gpu-libraries', 'GPU libraries')
  return machine.arch === 'x64'
    ? missing(found, 'anomalyclip install-gpu')
    : missing(
        `${found} None are published for arm64.`,
        'On a Jetson, build them with tools/jetson/build-onnxruntime-node.sh, or use Triton (docs/jetson.md).',
      )
}
