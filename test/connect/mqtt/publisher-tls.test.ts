import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TlsSettings } from '../../../connect/mqtt/types.ts'
import { type Certificates, makeCertificates } from '../../support/certificates.ts'
import { type Mosquitto, needMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { temporaryFolder } from '../../support/store.ts'
import { event, type Line, openLine } from './line.ts'

describe('publisher over TLS', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let own: Certificates
  let foreign: Certificates
  let broker: Mosquitto
  let strict: Mosquitto
  let line: Line | undefined

  before(async function () {
    needMosquitto(this)
    folder = await temporaryFolder()
    for (const name of ['own', 'foreign']) await mkdir(join(folder.path, name))
    own = await makeCertificates(join(folder.path, 'own'))
    foreign = await makeCertificates(join(folder.path, 'foreign'))
    broker = await startMosquitto({ tls: own.server })
    strict = await startMosquitto({ tls: { ...own.server, ca: own.ca } })
  })
  after(async () => {
    await broker?.stop()
    await strict?.stop()
    await folder?.remove()
  })
  afterEach(async () => {
    await line?.close()
    line = undefined
  })

  const over = async (port: number, tls: Partial<TlsSettings>, host = '127.0.0.1'): Promise<Line> => {
    line = await openLine({ port, url: `mqtts://${host}:${port}`, tls: { verifyServer: true, ...tls } })
    return line
  }
  const pem = (path: string): Promise<string> => readFile(path, 'utf8')
  const publishes = async ({ accept, until }: Line): Promise<void> => {
    await accept(event(1))
    await until(({ published }) => published === 1)
  }
  const failure = async ({ until }: Line): Promise<string> =>
    (await until(({ lastError, state }) => lastError !== null && state === 'offline')).lastError ?? ''

  it('publishes to a broker whose authority it was given', async () => {
    await publishes(await over(broker.port, { ca: await pem(own.ca) }))
  })

  it('publishes with a certificate of its own to a broker that wants one', async () => {
    await publishes(
      await over(strict.port, {
        ca: await pem(own.ca),
        cert: await pem(own.client.cert),
        key: await pem(own.client.key),
      }),
    )
  })

  it('sends nothing to a broker of another authority, and says what is wrong with its certificate', async () => {
    assert.match(
      await failure(await over(broker.port, { ca: await pem(foreign.ca) })),
      /^MQTT_TLS: .*certificate/,
    )
    await line?.close()
    assert.match(await failure(await over(broker.port, {})), /^MQTT_TLS: .*not trusted/)
  })

  it('accepts any certificate only where that was chosen', async () => {
    await publishes(await over(broker.port, { verifyServer: false }))
  })

  it('holds the certificate to the name that it was told', async () => {
    const ca = await pem(own.ca)
    assert.match(
      await failure(await over(broker.port, { ca, servername: 'other.example' })),
      /^MQTT_TLS: .*another host name/,
    )
    await line?.close()
    await publishes(await over(broker.port, { ca, servername: 'localhost' }))
  })

  it('says that the broker wants a certificate, or another one', async () => {
    const ca = await pem(own.ca)
    assert.match(await failure(await over(strict.port, { ca })), /^MQTT_TLS: .*wants a certificate/)
    await line?.close()
    const [cert, key] = [await pem(foreign.client.cert), await pem(foreign.client.key)]
    assert.match(
      await failure(await over(strict.port, { ca, cert, key })),
      /^MQTT_TLS: .*does not trust the authority of this client/,
    )
  })

  it('says whose certificate has expired', async () => {
    const late = await startMosquitto({ tls: own.expired.server })
    const ca = await pem(own.ca)
    try {
      assert.match(
        await failure(await over(late.port, { ca })),
        /^MQTT_TLS: .*the broker's certificate.*expired/,
      )
      await line?.close()
      line = undefined
    } finally {
      await late.stop()
    }
    const [cert, key] = [await pem(own.expired.client.cert), await pem(own.expired.client.key)]
    assert.match(
      await failure(await over(strict.port, { ca, cert, key })),
      /^MQTT_TLS: .*this client's certificate.*expired/,
    )
  })

  it('says that a certificate or key cannot be read, or do not belong together', async () => {
    const [cert, key] = [await pem(own.client.cert), await pem(own.server.key)]
    assert.match(await failure(await over(broker.port, { cert, key })), /^MQTT_TLS: .*does not belong/)
    await line?.close()
    assert.match(await failure(await over(broker.port, { cert: 'no PEM', key })), /^MQTT_TLS: .*PEM/)
  })

  it('says that there is no TLS at the port', async () => {
    const plain = await startMosquitto()
    try {
      assert.match(await failure(await over(plain.port, {})), /^MQTT_(TLS|UNREACHABLE)/)
      await line?.close()
      line = undefined
    } finally {
      await plain.stop()
    }
  })
})
