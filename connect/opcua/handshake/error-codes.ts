import { type ErrorCode, isCodedError } from '../../../errors/index.ts'

/**
 * What a PLC reads in ErrorCode: numbers for ever, as the texts' codes are. By hundreds, so that a PLC can act on the
 * kind and show the number.
 */
export const PLC_ERRORS = {
  /** No image came, or none that can be read. */
  image: 100,
  /** The image is too large, in bytes or pixels. */
  imageTooLarge: 101,
  /** The inspection took longer than the node allows. */
  timeout: 200,
  /** The queue of the model is full; the image was not inspected. */
  overload: 201,
  /** The model or its process failed. */
  model: 202,
  /** The verdict that came back is none. */
  verdict: 300,
  /** The box was restarted while the inspection was under way. */
  interrupted: 400,
  /** Something in the flow failed; the event log of the box has the text. */
  flow: 900,
} as const

/** By the first words of a code; the longest that fits counts. */
const BY_PREFIX: Readonly<Record<string, number>> = {
  IMAGE: PLC_ERRORS.image,
  IMAGE_TOO_LARGE: PLC_ERRORS.imageTooLarge,
  OPCUA_IMAGE: PLC_ERRORS.image,
  OPCUA_IMAGE_TOO_LARGE: PLC_ERRORS.imageTooLarge,
  ENGINE: PLC_ERRORS.model,
  MODEL: PLC_ERRORS.model,
  ENGINE_TIMEOUT: PLC_ERRORS.timeout,
  ENGINE_QUEUE_FULL: PLC_ERRORS.overload,
  ENGINE_DROPPED: PLC_ERRORS.overload,
  ENGINE_TOO_LARGE: PLC_ERRORS.imageTooLarge,
  THRESHOLD: PLC_ERRORS.verdict,
  MAP: PLC_ERRORS.verdict,
}

/** The number for an error of the flow, coded or not. */
export const plcErrorOf = (error: unknown): number => {
  const code = isCodedError(error) ? error.code : codeIn(error)
  const prefix = Object.keys(BY_PREFIX)
    .filter((one) => code === one || code?.startsWith(`${one}_`))
    .toSorted((a, b) => b.length - a.length)[0]
  return prefix === undefined ? PLC_ERRORS.flow : BY_PREFIX[prefix]!
}

/** `msg.error` of a catch node is a plain object with our code. */
const codeIn = (error: unknown): ErrorCode | string | null => {
  if (typeof error !== 'object' || error === null) return null
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : null
}
