import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openConnection } from '../../../../engine/backends/kserve/connection.ts'
import { systemClock } from '../../../../engine/clock.ts'
import { type ServerOptions, startEngine } from '../../../../engine/index.ts'
import { serverSettings } from '../../../../engine/server-options.ts'
import { nanoModelDir } from '../../../../models/nano/location.ts'
import { type Certificates, type KeyPair, makeCertificates } from '../../../support/certificates.ts'
import { statusWhere } from '../../../support/engine/stub-engine.ts'
import { type KserveServer, startKserveServer } from '../../../support/kserve/server.ts'

describe('a secure connection to a server', () => {
  let folder: string
  let certificates: Certificates
  let server: KserveServer | undefined
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kserve-tls-'))
    certificates = await makeCertificates(folder)
  })
  after(() => rm(folder, { recursive: true }))
  afterEach(async () => {
    await server?.stop()
    server = undefined
  })

  const serve = async (pair: KeyPair, further: object = {}, host = '127.0.0.1') => {
    server = await startKserveServer({
      folder: nanoModelDir(),
      model: 'nano',
      token: 'secret',
      host,
      tls: { cert: await readFile(pair.cert), key: await readFile(pair.key), ...further },
    })
    return server.url
  }
  const live = async (options: Omit<ServerOptions, 'model'>) => {
    const connection = await openConnection(serverSettings({ model: 'nano', token: 'secret', ...options }), {
      clock: systemClock,
      sockets: 1,
    })
    try {
      const asked = { method: 'GET', path: '/v2/health/live', timeoutMs: 10_000, maxBytes: 1000 } as const
      return (await connection.ask(asked)).status
    } finally {
      connection.close()
    }
  }

  it('is made with a server of the authority given, and carries token and images', async () => {
    const url = await serve(certificates.server)
    const engine = startEngine({
      model: nanoModelDir(),
      server: { url, model: 'nano', token: 'secret', caFile: certificates.ca },
    })
    try {
      assert.equal((await engine.ready).name, 'nano')
      assert.equal(engine.status().device, `kserve ${url}`)
    } finally {
      await engine.close()
    }
  })

  it("is refused where the server's authority is not known, or its certificate has expired or is none of a server", async () => {
    const url = await serve(certificates.server)
    await assert.rejects(live({ url }), { code: 'ENGINE_SERVER_TLS', message: /CA file/ })
    await server!.stop()
    const expired = await serve(certificates.expired.server)
    await assert.rejects(live({ url: expired, caFile: certificates.ca }), {
      code: 'ENGINE_SERVER_TLS',
      message: /expired/,
    })
    await server!.stop()
    const other = await serve(certificates.client)
    await assert.rejects(live({ url: other, caFile: certificates.ca }), {
      code: 'ENGINE_SERVER_TLS',
      message: /not one for servers/,
    })
  })

  it('is refused to a server that is not known, also where Node.js was told to trust everybody', async () => {
    const url = await serve(certificates.server)
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      await assert.rejects(live({ url }), { code: 'ENGINE_SERVER_TLS' })
      assert.deepEqual(server!.requests, [])
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
  })

  it("is refused where the server's certificate is for another host", async function () {
    // All of 127.0.0.0/8 is this machine there.
    if (process.platform !== 'linux') this.skip()
    const url = await serve(certificates.server, {}, '127.0.0.2')
    await assert.rejects(live({ url, caFile: certificates.ca }), {
      code: 'ENGINE_SERVER_TLS',
      message: /another host/,
    })
  })

  it("is made with this client's certificate where the server wants one, and refused without", async () => {
    const url = await serve(certificates.server, {
      ca: await readFile(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
    })
    const { cert: certFile, key: keyFile } = certificates.client
    assert.equal(await live({ url, caFile: certificates.ca, certFile, keyFile }), 200)
    await assert.rejects(live({ url, caFile: certificates.ca }), { code: 'ENGINE_SERVER_TLS' })
  })

  it('is made again once the files of its certificates were replaced', async () => {
    const url = await serve(certificates.server, {
      ca: await readFile(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
    })
    const [certFile, keyFile] = [join(folder, 'own.pem'), join(folder, 'own.key')]
    const use = async ({ cert, key }: KeyPair) => {
      await copyFile(key, keyFile)
      await copyFile(cert, certFile)
    }
    await use(certificates.expired.client)
    const engine = startEngine({
      model: nanoModelDir(),
      server: { url, model: 'nano', token: 'secret', caFile: certificates.ca, certFile, keyFile },
    })
    try {
      await statusWhere(engine, ({ state }) => state === 'away')
      await use(certificates.client)
      await statusWhere(engine, ({ state }) => state === 'ready')
    } finally {
      await engine.close()
    }
  })

  it('is not tried where a file cannot be read or is none, or does not belong to the other', async () => {
    const url = 'https://127.0.0.1:1'
    const noPem = join(folder, 'no.pem')
    await writeFile(noPem, 'no certificate')
    for (const files of [
      { caFile: join(folder, 'nothing.pem') },
      { caFile: noPem, certFile: noPem, keyFile: noPem },
      { certFile: certificates.client.cert, keyFile: certificates.server.key },
    ])
      await assert.rejects(live({ url, ...files }), { code: 'ENGINE_SERVER_TLS' })
  })

  it('says that there is no TLS at a port without', async () => {
    server = await startKserveServer({ folder: nanoModelDir(), model: 'nano' })
    await assert.rejects(live({ url: `https://127.0.0.1:${server.port}` }), {
      code: 'ENGINE_SERVER_TLS',
      message: /http:\/\//,
    })
  })
})
