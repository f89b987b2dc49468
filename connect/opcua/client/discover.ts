import { type EndpointDescription, MessageSecurityMode, UserTokenType } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { mendEnvironment } from '../environment.ts'
import type { Pki } from '../pki/index.ts'
import { timedOut } from './errors.ts'
import { withinLimit } from './limit.ts'
import { makeClient, UNSECURED } from './node-opcua-client.ts'
import { tearDown } from './tear-down.ts'
import type { ConnectionSettings } from './types.ts'

/** Nothing is encrypted here: a server that takes longer is not there, or the network swallows what is sent. */
const DISCOVERY_LIMIT_MS = 4_000

export const POLICY_PREFIX = 'http://opcfoundation.org/UA/SecurityPolicy#'

/**
 * The endpoints that a server offers (GetEndpoints, Part 4 §5.5.4), asked for without security, as the standard has it: nothing of it is
 * believed before the server's certificate is.
 * @throws OPCUA_TIMEOUT; what node-opcua throws when the server is not there
 */
export const discover = async (
  pki: Pki,
  endpointUrl: string,
  signal?: AbortSignal,
): Promise<readonly EndpointDescription[]> => {
  requireUrl(endpointUrl)
  const attempt = makeClient(pki, UNSECURED)
  let answered = false
  try {
    const asked = (async () => {
      await attempt.client.connect(endpointUrl).finally(mendEnvironment)
      return attempt.client.getEndpoints()
    })()
    const late = (): Error =>
      timedOut(endpointUrl, `has not told its endpoints within ${DISCOVERY_LIMIT_MS / 1000} s`)
    const endpoints = await withinLimit(asked, DISCOVERY_LIMIT_MS, late, signal)
    answered = true
    return endpoints
  } finally {
    await tearDown(attempt, answered)
  }
}

/** @throws OPCUA_ENDPOINT */
const requireUrl = (endpointUrl: string): void => {
  // Node's parser reads host and port of any scheme.
  const url = URL.canParse(endpointUrl) ? new URL(endpointUrl) : null
  if (url?.protocol === 'opc.tcp:' && url.hostname !== '') return
  throw codedError(
    'OPCUA_ENDPOINT',
    `"${endpointUrl}" is no endpoint URL, expected opc.tcp://HOST:PORT. Correct the connection.`,
  )
}

/**
 * The endpoint of the security that is asked for.
 * @throws OPCUA_SECURITY naming what is offered instead
 */
export const chooseEndpoint = (
  endpoints: readonly EndpointDescription[],
  { endpointUrl, securityMode, securityPolicy }: ConnectionSettings,
): EndpointDescription => {
  const found = endpoints.find(
    (one) =>
      one.securityMode === MessageSecurityMode[securityMode] &&
      one.securityPolicyUri === POLICY_PREFIX + securityPolicy,
  )
  if (found) return found
  throw codedError(
    'OPCUA_SECURITY',
    `${endpointUrl} does not offer ${securityMode} with ${securityPolicy}, only ${endpoints.map(securityOf).join(', ') || 'nothing'}. ` +
      'Choose what it offers in the connection, or allow more in the server.',
  )
}

const securityOf = ({ securityMode, securityPolicyUri }: EndpointDescription): string =>
  `${MessageSecurityMode[securityMode]} with ${policyNameOf(securityPolicyUri)}`

/** The name of a policy without the prefix of its URI. */
export const policyNameOf = (uri: string | null): string => (uri ?? '').replace(POLICY_PREFIX, '')

/**
 * A password goes over the wire encrypted, by the channel or by the token (Part 4 §7.40.4), or not at all.
 * @throws OPCUA_IDENTITY
 */
export const requireSafeIdentity = (
  endpoint: EndpointDescription,
  { endpointUrl, identity, securityMode }: ConnectionSettings,
): void => {
  const wanted = TOKENS[identity.type]
  const tokens = (endpoint.userIdentityTokens ?? []).filter(({ tokenType }) => tokenType === wanted)
  if (tokens.length === 0)
    throw codedError(
      'OPCUA_IDENTITY',
      `${endpointUrl} takes no ${IDENTITIES[identity.type]}. Choose another kind of user in the connection, or allow this one in the server.`,
    )
  if (identity.type !== 'userName' || securityMode === 'SignAndEncrypt') return
  // Without a policy of its own, the token has the channel's; node-opcua takes the strongest one that is offered.
  const encrypted = tokens.some(({ securityPolicyUri }) =>
    securityPolicyUri ? securityPolicyUri !== `${POLICY_PREFIX}None` : securityMode !== 'None',
  )
  if (encrypted && endpoint.serverCertificate?.length > 0) return
  throw codedError(
    'OPCUA_IDENTITY',
    `${endpointUrl} would take the password unencrypted over ${securityMode}; it was not sent. Choose SignAndEncrypt in the connection.`,
  )
}

const TOKENS = {
  anonymous: UserTokenType.Anonymous,
  userName: UserTokenType.UserName,
  certificate: UserTokenType.Certificate,
} as const

const IDENTITIES = {
  anonymous: 'anonymous users',
  userName: 'user names',
  certificate: 'user certificates',
} as const
