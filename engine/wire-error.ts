import {
  type CodedError,
  codedError,
  ERROR_CODES,
  type ErrorCode,
  isCodedError,
  messageOf,
} from '../errors/index.ts'
import type { WireError } from './protocol.ts'

/** An error on its way out of the inference process; one without a code of ours gets `fallback`. */
export const toWire = (thrown: unknown, fallback: ErrorCode): WireError => {
  const { code, message } = isCodedError(thrown) ? thrown : codedError(fallback, messageOf(thrown))
  return { code, message: message.slice(`${code}: `.length) }
}

/** The same error again on the flow's side. */
export const fromWire = ({ code, message }: WireError): CodedError =>
  Object.hasOwn(ERROR_CODES, code)
    ? codedError(code as ErrorCode, message)
    : codedError('ENGINE_PROTOCOL', `the inference process sent the unknown error ${code} (${message})`)
