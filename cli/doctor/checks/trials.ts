import type { Device } from '../../../engine/index.ts'
import { cpuFeatures } from '../../../engine/machine/index.ts'
import { messageOf } from '../../../errors/index.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { readManifest } from '../../../models/open.ts'
import { matchInWords } from '../../match-in-words.ts'
import type { Check, Examination, Patient } from '../types.ts'
import { checksOf } from './check.ts'

const TITLES = { cpu: 'CPU', cuda: 'CUDA', tensorrt: 'TensorRT' } satisfies Record<Device, string>
const DEVICES = Object.keys(TITLES) as Device[]

/**
 * Runs the model on every device that the build offers: the one that was asked for must work, the others may. TensorRT compiles the model first,
 * which may take minutes, so that it is tried for those alone who want it.
 */
export const examineDevices: Examination = async (patient) => {
  const { onnxruntime, device } = patient
  const offered = onnxruntime?.offered.devices ?? null
  if (offered === null) return []
  let manifest: ModelManifest
  try {
    manifest = await readManifest(patient.model)
  } catch (error) {
    const { missing } = checksOf('model', 'Model')
    return [missing(messageOf(error), 'anomalyclip models lists what is there.')]
  }
  const checks: Check[] = []
  for (const one of DEVICES)
    if (one === device || (one !== 'tensorrt' && offered.includes(one)))
      checks.push(await tryDevice(patient, manifest, one))
  return [...checks, ...adviceOn(manifest, device), ...(await adviceOnPrecision(manifest, patient))]
}

const tryDevice = async (patient: Patient, { name }: ModelManifest, device: Device): Promise<Check> => {
  const { ok, warning, missing } = checksOf(`device-${device}`, `Device ${TITLES[device]}`)
  const trial = await patient.tryOut(patient.model, device)
  if (trial.works) return ok(`${name} ${matchInWords(trial.selfTest)}`)
  if (device !== patient.device)
    return trial.reason.startsWith('ENGINE_DEVICE')
      ? ok(`cannot be used here, and was not asked for: ${trial.reason}`)
      : warning(`${name} does not run there: ${trial.reason}`, 'Do not choose this device for it.')
  return missing(
    `${name} does not run there: ${trial.reason}`,
    'Mend what is missing above, or use another device.',
  )
}

/** What a model is built for may not be what it is to run on. */
const adviceOn = ({ attention }: ModelManifest, device: Device): readonly Check[] => {
  const { warning } = checksOf('attention', 'Attention')
  return device === 'tensorrt' && attention === 'fused'
    ? [
        warning(
          "the model's attention is one of onnxruntime's own operators, which TensorRT does not know: it leaves all of it to CUDA.",
          'Build the model with --attention plain for TensorRT.',
        ),
      ]
    : []
}

const adviceOnPrecision = async (
  { precision }: ModelManifest,
  { device, machine }: Patient,
): Promise<readonly Check[]> => {
  const { warning } = checksOf('precision', 'Precision')
  const isInteger = precision === 'int8' || precision === 'int4'
  if (device !== 'cpu')
    return isInteger
      ? [
          warning(
            `the model is in ${precision}, which is made for CPUs.`,
            'Build it with --precision fp16 for a GPU.',
          ),
        ]
      : []
  if (precision === 'fp16')
    return [
      warning(
        'the model is in fp16, which onnxruntime widens on a CPU: slower there than fp32.',
        'Build it in fp32 for the device cpu.',
      ),
    ]
  return precision === 'int8' && (await cpuFeatures(machine))?.int8 === false
    ? [
        warning(
          `the model is in int8, and this processor is without ${machine.arch === 'arm64' ? 'the dot product' : 'VNNI'}: int8 brings no speed here.`,
          'Build it in fp32; it is nearer to what the model was made for.',
        ),
      ]
    : []
}
