import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OPCUACertificateManager } from 'node-opcua'
import { type CertificateFacts, factsOf } from './certificate.ts'

export interface StoredCertificate extends CertificateFacts {
  readonly state: 'trusted' | 'rejected'
}

/** With its bytes, for moving it. */
export interface StoredFile extends StoredCertificate {
  readonly der: Buffer
}

/** Nobody reads longer lists, and a server that makes a new certificate every day must not fill the editor. */
const MAX_LISTED = 200

/** Certificates of others that lie in the folder, trusted ones first, then by subject. */
export const readStore = async (manager: OPCUACertificateManager): Promise<readonly StoredFile[]> => {
  const lists = [
    await readFolder(manager.trustedFolder, 'trusted'),
    await readFolder(manager.rejectedFolder, 'rejected'),
  ]
  return lists.flatMap((list) =>
    list
      .sort((a, b) => a.subject.localeCompare(b.subject) || a.validFrom.localeCompare(b.validFrom))
      .slice(0, MAX_LISTED),
  )
}

const readFolder = async (folder: string, state: StoredCertificate['state']): Promise<StoredFile[]> => {
  const files = await readdir(folder)
  const read = await Promise.all(files.map((file) => readOne(join(folder, file), state)))
  return read.filter((one) => one !== null)
}

/** Null for what is no certificate: whatever somebody has put there. */
const readOne = async (file: string, state: StoredCertificate['state']): Promise<StoredFile | null> => {
  try {
    const { raw } = new X509Certificate(await readFile(file))
    return { ...factsOf(raw), state, der: raw }
  } catch {
    return null
  }
}
