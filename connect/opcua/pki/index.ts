export { type CertificateFacts, factsOf } from './certificate.ts'
export { openPki, type Pki, type TrustChange } from './pki.ts'
