import {
  type CodedError,
  codedError,
  type ErrorCode,
  isCodedError,
  messageOf,
} from '../../../errors/index.ts'

/** A failure that has passed by the next time, perhaps: the server had not begun on the request, or said that it was too busy to. */
export interface PassingFailure extends CodedError {
  /** What the server asked for (RFC 9110 §10.2.3); 0 = it did not. */
  readonly retryAfterMs: number
}

export const isPassing = (thrown: unknown): thrown is PassingFailure =>
  isCodedError(thrown) && 'retryAfterMs' in thrown

const passing = (error: CodedError, retryAfterMs = 0): PassingFailure =>
  Object.assign(error, { retryAfterMs })

/** What a certificate's problem is, for one who has to put it right. Codes of OpenSSL as Node.js names them. */
const TLS_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; give it as the CA file',
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate was issued by an authority that is not trusted; give that authority's certificate as the CA file",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate was issued by an authority that is not trusted; give that authority's certificate as the CA file",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate was issued by an authority that is not trusted; give that authority's certificate as the CA file",
  CERT_HAS_EXPIRED: "its certificate has expired; renew it, or set this box's clock",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; set this box's clock",
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host; use a name in the URL that the certificate lists',
  INVALID_PURPOSE: 'its certificate is not one for servers; give it one that is',
  ERR_SSL_WRONG_VERSION_NUMBER: 'there is no TLS at this port; use http:// in the URL, or the TLS port',
}

const TLS_CODE = /^ERR_(TLS|SSL|OSSL)_|CERT|^EPROTO$|^UNABLE_TO_|^CRL_|^INVALID_(PURPOSE|CA)$/

const codeOf = (thrown: unknown): string => {
  // What OpenSSL says of the first bytes comes as EPROTO where they are those of an answer in the clear.
  if (/:wrong version number:/.test(messageOf(thrown))) return 'ERR_SSL_WRONG_VERSION_NUMBER'
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/** What ended a connection, or kept it from being made, before the server had answered in full. */
export const networkFailure = (thrown: unknown, server: string): CodedError => {
  const code = codeOf(thrown)
  if (TLS_CODE.test(code))
    return codedError(
      'ENGINE_SERVER_TLS',
      `no secure connection to ${server}: ${TLS_PROBLEMS[code] ?? messageOf(thrown).trim()} (${code}).`,
      { cause: thrown },
    )
  return passing(
    codedError(
      'ENGINE_SERVER_AWAY',
      `${server} cannot be reached: ${messageOf(thrown) || code}. It is tried again; check address, port and network.`,
      { cause: thrown },
    ),
  )
}

/** Not passing: a server that has hung, or is too slow, is not helped by the same work once more. */
export const timeoutFailure = (what: string, ms: number, server: string): CodedError =>
  Object.assign(
    codedError('ENGINE_SERVER_AWAY', `${server} ${what} within ${Math.round(ms)} ms; it is tried again.`),
    { isSlow: true },
  )

/** No answer in time, from a server that may be at work for others. */
export const isSlow = (thrown: unknown): boolean => isCodedError(thrown) && 'isSlow' in thrown

/** Bad gateway, service unavailable: said by a proxy, or by a server before it begins. 429: too many requests (RFC 6585 §4). */
const PASSING_STATUS = new Set([429, 502, 503])

export const isPassingStatus = (status: number): boolean => PASSING_STATUS.has(status)

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'ENGINE_SERVER_AUTH',
  403: 'ENGINE_SERVER_AUTH',
  404: 'ENGINE_SERVER_MODEL',
  // A proxy's word for a server that gave no answer in time, and at work on the request, perhaps.
  504: 'ENGINE_SERVER_AWAY',
}

const CURE: Partial<Record<ErrorCode, string>> = {
  ENGINE_SERVER_AUTH: 'check the token, and what it may be used for',
  ENGINE_SERVER_MODEL: "check the model's name and version, and the path in the URL",
}

const CURE_OF_STATUS: Readonly<Record<number, string>> = {
  413: 'let it, or the proxy before it, take larger bodies, or make batches smaller',
}

/**
 * The server has answered with an error.
 * @param otherwise the code of a status that says nothing special @param said the server's own words
 */
export const statusFailure = (
  { status, retryAfter, said }: { status: number; retryAfter: string | undefined; said: string },
  what: string,
  otherwise: ErrorCode,
): CodedError => {
  const code = isPassingStatus(status) ? 'ENGINE_SERVER_AWAY' : (CODE_OF_STATUS[status] ?? otherwise)
  const cure = CURE_OF_STATUS[status] ?? CURE[code]
  const error = codedError(
    code,
    `${what} was answered with status ${status}${said === '' ? '' : `: ${said}`}${cure === undefined ? '' : `; ${cure}`}.`,
  )
  return isPassingStatus(status) ? passing(error, waitOf(retryAfter)) : error
}

/** `Retry-After` as seconds; a date would need clocks that agree, and no inference server sends one. */
const waitOf = (retryAfter: string | undefined): number =>
  /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0
