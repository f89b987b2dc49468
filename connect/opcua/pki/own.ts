import { X509Certificate } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { OPCUACertificateManager } from 'node-opcua'
import { type CertificateFacts, factsOf } from './certificate.ts'

/** Part 4 §7.2: globally unique, and the same in the certificate and in every request. */
export const applicationUriOf = (hostname: string): string => `urn:${hostname}:anomalyclip:node-red`

/** A certificate must be trusted in every PLC by hand: it is to last as long as the plant does. */
const VALID_DAYS = 10 * 365

/** Common names end at 64 characters (RFC 5280, ub-common-name). */
const subjectOf = (hostname: string): string =>
  `/O=AnomalyCLIP/CN=${`AnomalyCLIP Node-RED ${hostname}`.slice(0, 64)}`

export interface OwnCertificate {
  readonly file: string
  readonly der: Buffer
  readonly pem: string
  readonly facts: CertificateFacts
}

/**
 * Our certificate, made on first use. It is made anew, and said so, when it has expired or names another host: servers would
 * refuse it.
 */
export const ownCertificate = async (
  manager: OPCUACertificateManager,
  hostname: string,
  now: () => Date,
  log: (text: string) => void,
): Promise<OwnCertificate> => {
  const file = join(manager.rootDir, 'own', 'certs', 'anomalyclip.pem')
  const applicationUri = applicationUriOf(hostname)
  const found = await readOwn(file)
  const reason = found && reasonToRenew(found.facts, applicationUri, now())
  if (found && reason === null) return found
  const fresh = `${file}.new`
  await manager.createSelfSignedCertificate({
    outputFile: fresh,
    subject: subjectOf(hostname),
    applicationUri,
    dns: [hostname],
    ip: addressesOfMachine(),
    startDate: now(),
    validity: VALID_DAYS,
  })
  await rename(fresh, file)
  const made = (await readOwn(file))!
  log(
    found
      ? `our OPC UA certificate ${reason}: a new one was made (thumbprint ${made.facts.thumbprint}). Trust it in every PLC and server that knew the old one.`
      : `an OPC UA certificate of our own was made (thumbprint ${made.facts.thumbprint}, ${file}). Trust it in the PLC.`,
  )
  return made
}

/**
 * As they are when the certificate is made: PLCs know an address and no name, and some clients compare it with the certificate
 * (Part 4 §6.1.3, table 100: Bad_CertificateHostNameInvalid, which may be suppressed).
 */
const addressesOfMachine = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list = []) =>
    list.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  )

const readOwn = async (file: string): Promise<OwnCertificate | null> => {
  try {
    const { raw } = new X509Certificate(await readFile(file))
    return { file, der: raw, pem: new X509Certificate(raw).toString(), facts: factsOf(raw) }
  } catch {
    // Not there yet, or cut off by a power cut: another one takes its place.
    return null
  }
}

const reasonToRenew = (
  { validTo, applicationUri }: CertificateFacts,
  wanted: string,
  now: Date,
): string | null => {
  if (new Date(validTo) <= now) return `has expired on ${validTo}`
  if (applicationUri !== wanted) return `belongs to ${applicationUri}, and this machine is ${wanted}`
  return null
}
