import { hostname as machineName } from 'node:os'
import { resolve } from 'node:path'
import type { OPCUACertificateManager } from 'node-opcua'
import { codedError, messageOf } from '../../../errors/index.ts'
import { mendEnvironment } from '../environment.ts'
import { quietNodeOpcua } from '../quiet.ts'
import { openManager } from './manager.ts'
import { applicationUriOf, type OwnCertificate, ownCertificate } from './own.ts'
import { readStore, type StoredCertificate, type StoredFile } from './store.ts'

export interface PkiOptions {
  /** Of this machine; part of our application URI. */
  readonly hostname?: string
  readonly now?: () => Date
  /** That a certificate was made or renewed: somebody has to trust it elsewhere. */
  readonly log?: (text: string) => void
}

export interface TrustChange {
  readonly thumbprint: string
  readonly trusted: boolean
}

/** Keys and certificates of one side (client, server, the server's users), in a folder of its own. */
export interface Pki {
  readonly applicationUri: string
  readonly own: OwnCertificate
  /** Accepts nothing by itself. */
  readonly manager: OPCUACertificateManager
  list(): Promise<readonly StoredCertificate[]>
  /** Whether a certificate may be talked to; one never seen before is kept as rejected, so that it can be trusted later. */
  isTrusted(der: Uint8Array): Promise<{ readonly trusted: boolean; readonly verdict: string }>
  /** Works at once, in this process too. @throws OPCUA_CERTIFICATE when there is none of this thumbprint */
  trust(thumbprint: string): Promise<void>
  /** The opposite: connections that rest on it end. @throws OPCUA_CERTIFICATE */
  reject(thumbprint: string): Promise<void>
  /** Told of every change through `trust` and `reject`; gives the function that ends it. */
  onTrust(listener: (change: TrustChange) => void): () => void
  /** Gives the folder back; the last one to do so closes it. */
  close(): Promise<void>
}

interface Shared {
  readonly pki: Promise<Omit<Pki, 'close'> & { dispose(): Promise<void> }>
  users: number
}

/** One manager per folder: two would not notice each other's changes. */
const open = new Map<string, Shared>()

/**
 * Opens a folder of keys and certificates, made on first use with mode 0700.
 * Everybody in the process who opens the same folder shares it, with the options of the first.
 * @throws OPCUA_PKI when the folder cannot be read or written
 */
export const openPki = async (folder: string, options: PkiOptions = {}): Promise<Pki> => {
  quietNodeOpcua()
  const path = resolve(folder)
  const shared = open.get(path) ?? { pki: openFolder(path, options), users: 0 }
  open.set(path, shared)
  shared.users++
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    if (--shared.users > 0) return
    open.delete(path)
    await (await shared.pki).dispose()
  }
  try {
    return { ...(await shared.pki), close }
  } catch (thrown) {
    if (open.get(path) === shared) open.delete(path)
    throw codedError(
      'OPCUA_PKI',
      `the folder of certificates ${path} cannot be used: ${messageOf(thrown)}. Node-RED's user must be able to write there.`,
      { cause: thrown },
    )
  }
}

const openFolder = async (
  path: string,
  { hostname = machineName(), now = () => new Date(), log = () => {} }: PkiOptions,
): Promise<Omit<Pki, 'close'> & { dispose(): Promise<void> }> => {
  const trust = await openManager(path)
  const { manager } = trust
  const own = await ownCertificate(manager, hostname, now, log).finally(mendEnvironment)
  const listeners = new Set<(change: TrustChange) => void>()

  const find = async (thumbprint: string): Promise<StoredFile> => {
    const wanted = thumbprint.replaceAll(/[\s:]/g, '').toLowerCase()
    const found = (await readStore(manager)).find((one) => one.thumbprint === wanted)
    if (found) return found
    throw codedError(
      'OPCUA_CERTIFICATE',
      `there is no certificate with the thumbprint ${wanted}. Let the server be looked at again: its certificate may be a new one.`,
    )
  }
  const change = async (thumbprint: string, trusted: boolean): Promise<void> => {
    const { der, thumbprint: known } = await find(thumbprint)
    await trust.alone(async () => {
      // Somebody may have moved files by hand since.
      await manager.reloadCertificates()
      await (trusted ? manager.trustCertificate(der) : manager.rejectCertificate(der))
    })
    for (const listener of [...listeners]) listener({ thumbprint: known, trusted })
  }

  return {
    applicationUri: applicationUriOf(hostname),
    own,
    manager,
    list: async () => (await readStore(manager)).map(({ der: _der, ...facts }) => facts),
    isTrusted: async (der) => {
      const status = await manager.checkCertificate(Buffer.from(der))
      return { trusted: status.isGood(), verdict: status.name }
    },
    trust: (thumbprint) => change(thumbprint, true),
    reject: (thumbprint) => change(thumbprint, false),
    onTrust: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispose: () => trust.dispose(),
  }
}
