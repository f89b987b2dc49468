import { codedError } from '../../../errors/index.ts'
import { VERSION_PARAMETER } from '../../../models/export/config.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { isRecord, type Json } from './tensors.ts'

/** What the folder on this box says of the model. */
export type ExpectedModel = Pick<ModelManifest, 'name' | 'version' | 'imageSize' | 'text'>

/** What of it bounds the requests. */
export interface ServedModel {
  /** Images of one request at most; null = the server does not say. */
  readonly maxImages: number | null
}

interface Tensor {
  readonly name: string
  readonly datatype: string
  /** -1 = any. */
  readonly shape: readonly number[]
}

/**
 * Holds what a server says of its model to what the folder says.
 * @param metadata answer to `/v2/models/NAME` (inference_rest.md, Model Metadata)
 * @param config answer to `/v2/models/NAME/config`, an extension of Triton; null where the server has none
 * @throws ENGINE_SERVER_MODEL with what was found and what was expected
 */
export const checkServed = (
  metadata: Json,
  config: Json | null,
  { name, version, imageSize, text }: ExpectedModel,
): ServedModel => {
  const served = exportedVersion(config)
  if (served !== null && served !== version)
    throw wrong(
      `it was exported from version ${served}, and the folder of "${name}" on this box is version ${version}. Export the model again, or copy the folder again`,
    )
  const inputs = tensorsOf(metadata.inputs)
  const outputs = tensorsOf(metadata.outputs)
  const wantedInputs: readonly Tensor[] = [
    { name: 'image', datatype: 'UINT8', shape: [-1, imageSize, imageSize, 3] },
    ...(text === null ? [] : [{ name: 'text', datatype: 'FP32', shape: [2, text.dimension] }]),
  ]
  for (const wanted of wantedInputs) checkTensor('input', wanted, inputs)
  checkTensor('output', { name: 'score', datatype: 'FP32', shape: [-1] }, outputs)
  checkTensor('output', { name: 'map', datatype: 'FP32', shape: [-1, imageSize, imageSize] }, outputs)
  const extra = inputs.find((input) => !wantedInputs.some((wanted) => wanted.name === input.name))
  if (extra !== undefined)
    throw wrong(`it wants an input "${extra.name}" as well, which the model "${name}" does not have`)
  return { maxImages: maxImagesOf(config, inputs.find((input) => input.name === 'image')!.shape[0]!) }
}

const tensorsOf = (value: unknown): Tensor[] =>
  Array.isArray(value)
    ? value.filter(isRecord).map(({ name, datatype, shape }) => ({
        name: String(name),
        datatype: String(datatype),
        shape: Array.isArray(shape) ? shape.map(Number) : [],
      }))
    : []

const checkTensor = (kind: string, wanted: Tensor, found: readonly Tensor[]): void => {
  const tensor = found.find(({ name }) => name === wanted.name)
  const expected = `expected ${wanted.datatype} [${wanted.shape.join(', ')}]`
  if (tensor === undefined) {
    const names = found.map(({ name }) => `"${name}"`).join(', ') || 'none'
    throw wrong(`it has no ${kind} "${wanted.name}", ${expected}; its ${kind}s are ${names}`)
  }
  const { datatype, shape } = tensor
  // Ones at the end do not count: Triton has the score as [-1, 1].
  const isShaped =
    shape.length >= wanted.shape.length &&
    shape.every((size, at) => size === -1 || wanted.shape[at] === -1 || size === (wanted.shape[at] ?? 1))
  if (datatype !== wanted.datatype || !isShaped)
    throw wrong(`its ${kind} "${wanted.name}" is ${datatype} [${shape.join(', ')}], ${expected}`)
}

const exportedVersion = (config: Json | null): string | null => {
  const parameters = config?.parameters
  const parameter = isRecord(parameters) ? parameters[VERSION_PARAMETER] : undefined
  const value = isRecord(parameter) ? parameter.string_value : undefined
  return typeof value === 'string' ? value : null
}

/** A graph whose first dimension is fixed takes exactly so many; of one that is not, Triton's configuration says. */
const maxImagesOf = (config: Json | null, first: number): number | null => {
  if (first > 1)
    throw wrong(
      `its input "image" takes exactly ${first} images at a time, and a line has them one by one; serve it with a first dimension that is free, or 1`,
    )
  if (first === 1) return 1
  const stated = Number(config?.max_batch_size ?? 0)
  // 0 = Triton makes no batches of its own; a request may then have any size.
  return Number.isInteger(stated) && stated > 0 ? stated : null
}

const wrong = (what: string) =>
  codedError('ENGINE_SERVER_MODEL', `the model on the server is not the one of the model folder: ${what}.`)
