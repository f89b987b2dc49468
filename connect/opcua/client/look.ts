import { type EndpointDescription, MessageSecurityMode, UserTokenType } from 'node-opcua'
import { type CertificateFacts, factsOf, type Pki } from '../pki/index.ts'
import { discover, policyNameOf } from './discover.ts'
import { connectError } from './errors.ts'

export interface OfferedEndpoint {
  /** As the server writes it; its host name need not be known here. */
  readonly endpointUrl: string
  readonly securityMode: string
  readonly securityPolicy: string
  readonly users: readonly ('anonymous' | 'userName' | 'certificate' | 'issuedToken')[]
}

export interface ServerLook {
  readonly applicationName: string
  readonly endpoints: readonly OfferedEndpoint[]
  /** Null when the server has none. */
  readonly certificate: (CertificateFacts & { readonly trusted: boolean; readonly verdict: string }) | null
}

/**
 * What a server offers, and its certificate, which is from then on among those that can be trusted.
 * @throws OPCUA_ENDPOINT, OPCUA_TIMEOUT, OPCUA_OFFLINE, within some seconds
 */
export const lookAtServer = async (pki: Pki, endpointUrl: string): Promise<ServerLook> => {
  try {
    const endpoints = await discover(pki, endpointUrl)
    const der = endpoints.find(({ serverCertificate }) => serverCertificate?.length > 0)?.serverCertificate
    return {
      applicationName: endpoints[0]?.server.applicationName.text ?? '',
      endpoints: endpoints.map((one) => ({
        endpointUrl: one.endpointUrl ?? '',
        securityMode: MessageSecurityMode[one.securityMode] ?? '',
        securityPolicy: policyNameOf(one.securityPolicyUri),
        users: usersOf(one),
      })),
      certificate: der ? { ...factsOf(der), ...(await pki.isTrusted(der)) } : null,
    }
  } catch (thrown) {
    throw connectError(thrown, { endpointUrl, identity: { type: 'anonymous' } })
  }
}

const usersOf = ({ userIdentityTokens }: EndpointDescription): OfferedEndpoint['users'] => {
  const types = new Set((userIdentityTokens ?? []).map(({ tokenType }) => tokenType))
  return USERS.filter(([type]) => types.has(type)).map(([, name]) => name)
}

const USERS = [
  [UserTokenType.Anonymous, 'anonymous'],
  [UserTokenType.UserName, 'userName'],
  [UserTokenType.Certificate, 'certificate'],
  [UserTokenType.IssuedToken, 'issuedToken'],
] as const
