import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type UserIdentityInfo, UserTokenType } from 'node-opcua'
import { codedError, messageOf } from '../../../errors/index.ts'
import type { ConnectionSettings } from './types.ts'

/**
 * The user as node-opcua takes it.
 * @throws OPCUA_IDENTITY when certificate or key cannot be read, or do not belong together
 */
export const userOf = ({ identity }: ConnectionSettings): UserIdentityInfo => {
  switch (identity.type) {
    case 'anonymous':
      return { type: UserTokenType.Anonymous }
    case 'userName':
      return { type: UserTokenType.UserName, userName: identity.userName, password: identity.password }
    case 'certificate':
      return readCertificate(identity.certificate, identity.privateKey)
  }
}

const readCertificate = (certificatePem: string, keyPem: string): UserIdentityInfo => {
  let certificate: X509Certificate
  let belongs: boolean
  let privateKey: string
  try {
    certificate = new X509Certificate(certificatePem)
    const key = createPrivateKey(keyPem)
    belongs = certificate.checkPrivateKey(key)
    privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch (thrown) {
    throw codedError(
      'OPCUA_IDENTITY',
      `the user's certificate or private key cannot be read: ${messageOf(thrown)}. Both are expected as PEM text, the key without a passphrase.`,
      { cause: thrown },
    )
  }
  if (!belongs)
    throw codedError(
      'OPCUA_IDENTITY',
      "the user's certificate and private key do not belong together. Give the key that the certificate was made with.",
    )
  return { type: UserTokenType.Certificate, certificateData: certificate.raw, privateKey }
}
