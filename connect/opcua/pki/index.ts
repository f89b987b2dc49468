export { type CertificateFacts, factsOf } from './certificate.ts'
export type { OwnCertificate } from './own.ts'
export { openPki, type Pki, type PkiOptions, type TrustChange } from './pki.ts'
export type { StoredCertificate } from './store.ts'
