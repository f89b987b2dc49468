import { ERROR_CODES, type ErrorCode } from './codes.ts'

export type { ErrorCode } from './codes.ts'
export { ERROR_CODES } from './codes.ts'
export { shown } from './shown.ts'

/** An error with a stable `code`. Codes are API (docs/errors.md lists them all), wording is not. */
export interface CodedError extends Error {
  readonly code: ErrorCode
}

/**
 * Makes an error whose message says what was found, what was expected and what to do.
 * The code stands in front of the message, so that a log line alone can be looked up.
 */
export const codedError = (code: ErrorCode, message: string, options?: ErrorOptions): CodedError =>
  Object.assign(new Error(`${code}: ${message}`, options), { code })

/** Whether something thrown is one of ours, optionally of one given code. Node's own errors have codes, too. */
export const isCodedError = (error: unknown, code?: ErrorCode): error is CodedError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  Object.hasOwn(ERROR_CODES, error.code) &&
  (code === undefined || error.code === code)

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
