import { type CodedError, codedError, isCodedError, messageOf } from '../../../errors/index.ts'
import { statusNameOf } from './status-code.ts'
import type { ConnectionSettings } from './types.ts'

/** Part 4 §7.39.2: the session, its channel or its connection is no more. */
const SESSION_ENDED = new Set([
  'BadSessionIdInvalid',
  'BadSessionClosed',
  'BadSessionNotActivated',
  'BadSecureChannelIdInvalid',
  'BadSecureChannelClosed',
  'BadSecureChannelTokenUnknown',
  'BadConnectionClosed',
  'BadServerHalted',
  'BadShutdown',
  'BadNoCommunication',
  'BadCommunicationError',
])

const IDENTITY = new Set([
  'BadUserAccessDenied',
  'BadIdentityTokenRejected',
  'BadIdentityTokenInvalid',
  'BadIdentityChangeNotSupported',
  'BadUserSignatureInvalid',
])

const isSecurity = (status: string): boolean =>
  status.startsWith('BadCertificate') ||
  status.startsWith('BadSecurity') ||
  status === 'BadApplicationSignatureInvalid' ||
  status === 'BadNoValidCertificates'

/** Whether an error says that there is no session any more, not only that one request has failed. */
export const endsSession = (thrown: unknown): boolean => {
  if (isCodedError(thrown)) return thrown.code === 'OPCUA_CONNECTION_LOST'
  const status = statusNameOf(thrown)
  return (status !== null && SESSION_ENDED.has(status)) || GONE.test(messageOf(thrown))
}

/** What node-opcua says where there was no answer that could have carried a status code. */
const GONE =
  /Connection Break|session has been closed|Session has been (closed|disposed)|Socket is closed|No SecureChannel|Invalid client state|Client not connected|ClientSession is closed|disconnected by third party|ECONNRESET|EPIPE/i

const TIMED_OUT = /Transaction has timed out|timed? ?out/i

/** What went wrong with a request over a session that exists. */
export const requestError = (thrown: unknown, endpointUrl: string): Error => {
  if (isCodedError(thrown)) return thrown
  const status = statusNameOf(thrown)
  if (endsSession(thrown)) return connectionLost(endpointUrl, status ?? messageOf(thrown), thrown)
  if (status === 'BadTimeout' || (status === null && TIMED_OUT.test(messageOf(thrown))))
    return timedOut(endpointUrl, 'has not answered in time', thrown)
  if (status !== null) return refused(endpointUrl, status, thrown)
  // No answer of the server at all: a fault in what was asked, whose own error says more.
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown))
}

export const offline = (endpointUrl: string, lastError: string | null): CodedError =>
  codedError(
    'OPCUA_OFFLINE',
    `there is no session with ${endpointUrl} now${lastError === null ? '' : ` (${lastError})`}. It is tried for all the time; nothing was done.`,
  )

export const timedOut = (endpointUrl: string, what: string, cause?: unknown): CodedError =>
  codedError(
    'OPCUA_TIMEOUT',
    `${endpointUrl} ${what}. Check the network and the load of the server, or allow more time in the connection.`,
    { cause },
  )

export const connectionLost = (endpointUrl: string, why: string, cause?: unknown): CodedError =>
  codedError(
    'OPCUA_CONNECTION_LOST',
    `the session with ${endpointUrl} has ended: ${why}. A new one is tried for; whether what was under way has been done is not known.`,
    { cause },
  )

export const refused = (endpointUrl: string, what: string, cause?: unknown): CodedError =>
  codedError(
    'OPCUA_REFUSED',
    `${endpointUrl} refuses: ${what}. Check the node ids and the rights of the user on the server.`,
    { cause },
  )

/** What went wrong with the way to a session. */
export const connectError = (
  thrown: unknown,
  { endpointUrl, identity }: Pick<ConnectionSettings, 'endpointUrl' | 'identity'>,
): CodedError => {
  if (isCodedError(thrown)) return thrown
  const status = statusNameOf(thrown)
  const words = messageOf(thrown)
  const cause = { cause: thrown }
  if (status !== null && IDENTITY.has(status))
    return codedError(
      'OPCUA_IDENTITY',
      `${endpointUrl} refuses the ${IDENTITY_WORDS[identity.type]} with ${status}. Check the user in the connection and on the server.`,
      cause,
    )
  if (status !== null && isSecurity(status))
    return codedError(
      'OPCUA_SECURITY',
      `${endpointUrl} refuses this client with ${status}. Most often our certificate is not trusted there: import or trust it in the server, then nothing more is to be done here.`,
      cause,
    )
  if (/ENOTFOUND|EAI_AGAIN|ERR_SOCKET_BAD_PORT|Invalid URL|Invalid endpoint/.test(words))
    return codedError(
      'OPCUA_ENDPOINT',
      `${endpointUrl} cannot be found: ${words}. Check host name and port of the endpoint URL.`,
      cause,
    )
  if (status === 'BadTcpEndpointUrlInvalid')
    return codedError(
      'OPCUA_ENDPOINT',
      `the server does not know itself as ${endpointUrl} (${status}). Take the URL that it is configured with.`,
      cause,
    )
  if (TIMED_OUT.test(words) || status === 'BadTimeout')
    return timedOut(endpointUrl, 'has not answered in time', thrown)
  if (status !== null) return refused(endpointUrl, status, thrown)
  return codedError(
    'OPCUA_OFFLINE',
    `${endpointUrl} cannot be reached: ${words.replaceAll(/\s+/g, ' ').trim()}. Check that the server runs and that no firewall is in between.`,
    cause,
  )
}

const IDENTITY_WORDS = {
  anonymous: 'anonymous user',
  userName: 'user name or password',
  certificate: "user's certificate",
} as const satisfies Record<ConnectionSettings['identity']['type'], string>
