import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MessageSecurityMode, OPCUAClient, SecurityPolicy } from 'node-opcua'
import { openPki } from '../../../../connect/opcua/pki/index.ts'
import { type Box, openBox } from './open-station.ts'
import { connectPlc, PASSWORD } from './plc.ts'

describe('who may talk to our server', function () {
  this.timeout(120_000)
  let box: Box
  before(async () => {
    box = await openBox()
  })
  after(() => box?.close())

  const url = () => `opc.tcp://127.0.0.1:${box.server.port}`
  const stranger = () => join(box.folder, 'stranger')

  it('refuses a client that nobody has trusted, keeps its certificate, and takes it once it is trusted', async () => {
    await assert.rejects(connectPlc({ url: url(), folder: stranger() }))
    const refused = await box.server.pki.list()
    assert.deepEqual(
      refused.map(({ state }) => state),
      ['rejected'],
    )
    await box.server.pki.trust(refused[0]!.thumbprint)
    const plc = await connectPlc({ url: url(), folder: stranger() })
    assert.equal(await plc.read('Status.Online'), true)
    await plc.close()
  })

  it('refuses a wrong password, an unknown user and no user', async () => {
    for (const user of [
      { ...PASSWORD, password: 'correct horsf' },
      { ...PASSWORD, name: 'plc2' },
    ])
      await assert.rejects(connectPlc({ url: url(), folder: stranger(), user }), /BadUserAccessDenied/)
    // node-opcua's client does not even try: it is not offered.
    await assert.rejects(connectPlc({ url: url(), folder: stranger(), user: null }), /ANONYMOUS/)
    assert.equal(box.server.clients(), 0)
  })

  it('has no endpoint without security', async () => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } })
    await client.connect(url())
    const endpoints = await client.getEndpoints()
    await client.disconnect()
    assert.ok(endpoints.length > 0)
    assert.deepEqual(
      [...new Set(endpoints.map(({ securityMode }) => securityMode))],
      [MessageSecurityMode.SignAndEncrypt],
    )
    await assert.rejects(connectPlc({ url: url(), folder: stranger(), secure: false }))
    await assert.rejects(connectPlc({ url: url(), folder: stranger(), secure: false, user: null }))
  })

  it('speaks the three policies that are not broken', async () => {
    for (const policy of [SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss]) {
      const plc = await connectPlc({ url: url(), folder: stranger(), policy })
      assert.equal(await plc.read('Status.Online'), true)
      await plc.close()
    }
    await assert.rejects(connectPlc({ url: url(), folder: stranger(), policy: SecurityPolicy.Basic256 }))
  })

  it('ends the session of a client that is no longer trusted', async () => {
    const plc = await connectPlc({ url: url(), folder: stranger() })
    const [known] = await box.server.pki.list()
    await box.server.pki.reject(known!.thumbprint)
    await assert.rejects(plc.read('Status.Online'))
    await plc.die()
    await assert.rejects(connectPlc({ url: url(), folder: stranger() }))
    await box.server.pki.trust(known!.thumbprint)
  })

  it('takes a user with a certificate once that was trusted, and no other', async () => {
    const user = await openPki(join(box.folder, 'user'), { hostname: 'operator' })
    const privateKey = await readFile(user.manager.privateKey, 'utf8')
    const options = { url: url(), folder: stranger(), user: { certificate: user.own.der, privateKey } }
    await assert.rejects(connectPlc(options), /BadIdentityTokenRejected|BadUserAccessDenied/)
    const [refused] = await box.server.users.list()
    assert.deepEqual([refused?.state, refused?.thumbprint], ['rejected', user.own.facts.thumbprint])
    await box.server.users.trust(user.own.facts.thumbprint)
    const plc = await connectPlc(options)
    assert.equal(await plc.read('Status.Online'), true)
    await plc.close()
    await user.close()
  })

  it('has a certificate that names its addresses', () => {
    const { subjectAltName } = new X509Certificate(box.server.pki.own.der)
    assert.match(subjectAltName ?? '', /IP Address:127\.0\.0\.1/)
  })

  it('keeps its key to itself', async () => {
    const key = await stat(join(box.settings.pkiFolder, 'own', 'private', 'private_key.pem'))
    assert.equal(key.mode & 0o077, 0)
  })
})

describe('a server that is told to be open', function () {
  this.timeout(120_000)

  it('takes clients without security and without a user', async () => {
    const box = await openBox({ settings: { allowNone: true, allowAnonymous: true, users: [] } })
    try {
      const plc = await box.plc({ secure: false, user: null })
      assert.equal(await plc.read('Status.Online'), true)
      await plc.close()
      const secure = await box.plc({ user: null })
      await secure.close()
      await assert.rejects(box.plc({ secure: false }))
    } finally {
      await box.close()
    }
  })
})

describe('a server with many clients', function () {
  this.timeout(120_000)

  it('has room for twenty sessions, and again once one has ended', async () => {
    const box = await openBox()
    try {
      const open = [await box.plc()]
      while (open.length < 20) open.push(await box.plc())
      await assert.rejects(box.plc(), /BadTooManySessions/)
      await open.pop()?.close()
      // Those who were refused their user hold no place.
      await assert.rejects(box.plc({ user: { ...PASSWORD, password: 'wrong' } }), /BadUserAccessDenied/)
      open.push(await box.plc())
      for (const plc of open) await plc.close()
    } finally {
      await box.close()
    }
  })
})
