import { X509Certificate } from 'node:crypto'

/** What a person compares before trusting, and what a PLC shows. */
export interface CertificateFacts {
  /** SHA-1 over the DER form, hexadecimal, small: what OPC UA calls the thumbprint (Part 6 §6.2.2). */
  readonly thumbprint: string
  readonly sha256: string
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 in UTC. */
  readonly validFrom: string
  readonly validTo: string
  /** The URI in subjectAltName; '' where there is none. */
  readonly applicationUri: string
}

/**
 * Facts of the first certificate of a DER chain.
 * @throws what node:crypto throws when the bytes are no certificate
 */
export const factsOf = (der: Uint8Array): CertificateFacts => {
  const certificate = new X509Certificate(der)
  return {
    thumbprint: plainHex(certificate.fingerprint),
    sha256: plainHex(certificate.fingerprint256),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    applicationUri:
      /(?:^|, )URI:(?:"([^"]*)"|([^,]*))/
        .exec(certificate.subjectAltName ?? '')
        ?.slice(1)
        .find(Boolean) ?? '',
  }
}

const plainHex = (colons: string): string => colons.replaceAll(':', '').toLowerCase()

/** node:crypto gives one attribute a line. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').reverse().join(', ')
