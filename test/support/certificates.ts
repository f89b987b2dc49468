import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  /** Certificate of the authority that both are from. */
  readonly ca: string
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair
  readonly client: KeyPair
  /** As the two above, and expired yesterday. */
  readonly expired: { readonly server: KeyPair; readonly client: KeyPair }
}

/** Makes an authority, and a server's and a client's certificate of it, valid for a day, into a folder that is there. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  const file = (name: string): string => join(folder, name)
  // What a simulated OPC UA server in this process has made of the variable (connect/opcua/environment.ts) is none of openssl's business.
  const env = { ...process.env, OPENSSL_CONF: undefined }
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder, env })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=test authority'],
    ...['-keyout', 'ca.key', '-out', 'ca.pem', '-addext', 'basicConstraints=critical,CA:TRUE'],
  )
  const pair = async (name: string, extension: string, days = 1): Promise<KeyPair> => {
    await writeFile(file(`${name}.ext`), extension)
    await openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', String(days), '-extfile', `${name}.ext`, '-out', `${name}.pem`],
    )
    return { cert: file(`${name}.pem`), key: file(`${name}.key`) }
  }
  const [ofServer, ofClient] = [
    'subjectAltName=IP:127.0.0.1,DNS:localhost\n',
    'extendedKeyUsage=clientAuth\n',
  ]
  return {
    ca: file('ca.pem'),
    server: await pair('server', ofServer),
    client: await pair('client', ofClient),
    expired: {
      server: await pair('expired-server', ofServer, -1),
      client: await pair('expired-client', ofClient, -1),
    },
  }
}
