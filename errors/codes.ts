/**
 * Every error code of the package with its meaning; docs/errors.md is held to this list by a test.
 * A code once released is never renamed or given another meaning.
 */
export const ERROR_CODES = {
  // models/weights: reading and fetching published weights
  WEIGHTS_FILE_MISSING: 'A weights file does not exist or cannot be opened.',
  WEIGHTS_FORMAT_UNKNOWN: 'A weights file is neither safetensors nor a torch archive.',
  WEIGHTS_DAMAGED: 'A weights file contradicts itself or ends too early.',
  WEIGHTS_LIMIT: 'A weights file announces more than the reader allows.',
  WEIGHTS_UNSAFE_PICKLE: 'A torch archive asks for a class or function that is not a tensor or a plain container.',
  WEIGHTS_TENSOR_MISSING: 'A tensor that the model needs is not in the weights file.',
  WEIGHTS_TENSOR_SHAPE: 'A tensor has a shape that does not fit the model.',
  WEIGHTS_TENSOR_TYPE: 'A tensor has a data type that cannot be read as numbers.',
  // models: building and opening a model folder
  MODEL_MISSING: 'There is no model folder at the given place.',
  MODEL_MANIFEST: 'model.json is missing, unreadable or of an unknown version.',
  MODEL_CORRUPT: 'A file of the model folder does not match the sha256 in model.json.',
  MODEL_OPTIONS: 'The options of a build contradict each other or the weights.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES
