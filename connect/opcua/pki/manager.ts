import { chmod, mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { OPCUACertificateManager, type StatusCode } from 'node-opcua'

/**
 * Whoever reaches the port of our server has the certificate that he shows kept as rejected. More than these nobody looks through for the one to
 * be trusted; the oldest make room, and come back with their owner's next attempt.
 */
const MAX_REJECTED = 100
/** Beyond, so that not every stranger has the folder read anew. */
const SLACK = 20

/** node-opcua's manager of certificates, and what it needs around it. */
export interface TrustManager {
  readonly manager: OPCUACertificateManager
  /** Does something while no certificate is being checked. */
  alone<T>(work: () => Promise<T>): Promise<T>
  dispose(): Promise<void>
}

/**
 * node-opcua's default manager accepts every certificate; this one accepts none that nobody has trusted.
 *
 * One thing at a time: while its folders are read anew, it takes the certificates that it has not come to yet for unknown, and a
 * client that connects at that moment would not only be refused, but moved to the rejected ones for good.
 */
export const openManager = async (path: string): Promise<TrustManager> => {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
  const manager = new OPCUACertificateManager({
    rootFolder: path,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  })
  await manager.initialize()
  // Ours: clients and servers that come and go count down what they have counted up, and would close it.
  manager.referenceCounter = 1

  let last: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  const checkNow = manager.checkCertificate.bind(manager)
  const check = async (chain: Chain): Promise<StatusCode> => {
    const status = await checkNow(chain as Buffer)
    // The verdict stands, whatever becomes of the files.
    if (status.isNotGood()) await forgetOldest(manager).catch(() => {})
    return status
  }
  // Both ways of calling it that node-opcua has.
  manager.checkCertificate = ((
    chain: Chain,
    callback?: (error: Error | null, status?: StatusCode) => void,
  ) => {
    const checked = alone(() => check(chain))
    if (callback === undefined) return checked
    checked.then((status) => callback(null, status), callback)
    return undefined
  }) as typeof manager.checkCertificate

  return {
    manager,
    alone,
    dispose: () =>
      alone(async () => {
        manager.referenceCounter = 0
        await manager.dispose()
      }),
  }
}

type Chain = Buffer | Buffer[]

const forgetOldest = async (manager: OPCUACertificateManager): Promise<void> => {
  const files = (await readdir(manager.rejectedFolder)).map((name) => join(manager.rejectedFolder, name))
  if (files.length <= MAX_REJECTED + SLACK) return
  const dated = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })))
  dated.sort((a, b) => b.at - a.at)
  for (const { file } of dated.slice(MAX_REJECTED)) await unlink(file)
  await manager.reloadCertificates()
}
