import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import type { ConnectionSettings } from '../../../../connect/opcua/client/index.ts'
import { openPki } from '../../../../connect/opcua/pki/index.ts'
import { startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'
import { clientFolder, heldUpBy, online, settingsFor, withConnection } from './connections.ts'

describe('the user of a connection', function () {
  this.timeout(120_000)
  let server: TestServer
  let unsecured: TestServer
  let folder: string
  /** PEM, of a user. */
  let user: { certificate: string; privateKey: string }

  before(async () => {
    const users = { operator: 'secret' }
    server = await startOpcUaServer({ users, acceptsUnknownUsers: true })
    unsecured = await startOpcUaServer({
      users,
      modes: ['None', 'Sign'],
      policies: ['None', 'Basic256Sha256'],
    })
    folder = await clientFolder(server.certificate, unsecured.certificate)
    const own = await clientFolder()
    const pki = await openPki(own)
    user = { certificate: pki.own.pem, privateKey: await readFile(pki.manager.privateKey, 'utf8') }
    await pki.close()
    await rm(own, { recursive: true })
  })
  after(async () => {
    await server.stop()
    await unsecured.stop()
    await rm(folder, { recursive: true })
  })

  const as = (identity: ConnectionSettings['identity']): ConnectionSettings =>
    settingsFor(server.endpointUrl, folder, { identity })
  const connects = (settings: ConnectionSettings) =>
    withConnection(settings, (connection) => online(connection))

  it('with name and password is let in', async () => {
    await connects(as({ type: 'userName', userName: 'operator', password: 'secret' }))
  })

  it('with a wrong password is refused with a code', async () => {
    const error = await heldUpBy(as({ type: 'userName', userName: 'operator', password: 'wrong' }))
    assert.match(error, /^OPCUA_IDENTITY: .*Bad/)
    assert.doesNotMatch(error, /wrong/)
  })

  it('with a certificate is let in', async () => {
    await connects(as({ type: 'certificate', ...user }))
  })

  it('with a certificate that the server does not trust is refused with a code', async () => {
    const other = await startOpcUaServer({ users: { operator: 'secret' } })
    const trusting = await clientFolder(other.certificate)
    try {
      const identity = { type: 'certificate', ...user } as const
      assert.match(
        await heldUpBy(settingsFor(other.endpointUrl, trusting, { identity })),
        /^OPCUA_IDENTITY: /,
      )
    } finally {
      await other.stop()
      await rm(trusting, { recursive: true })
    }
  })

  it('with a key that is damaged, or of another certificate, is not even tried', async () => {
    const { privateKey, certificate } = user
    const foreign = await clientFolder()
    const pki = await openPki(foreign)
    const otherKey = await readFile(pki.manager.privateKey, 'utf8')
    await pki.close()
    await rm(foreign, { recursive: true })
    for (const key of [privateKey.slice(0, 200), otherKey])
      assert.match(
        await heldUpBy(as({ type: 'certificate', certificate, privateKey: key })),
        /^OPCUA_IDENTITY: the user's/,
      )
  })

  it('that is anonymous is told when the server wants to know who it is', async () => {
    assert.match(await heldUpBy(as({ type: 'anonymous' })), /^OPCUA_IDENTITY: .*takes no anonymous users/)
  })

  it('never sends a password unencrypted', async () => {
    const identity = { type: 'userName', userName: 'operator', password: 'secret' } as const
    const changes = { identity, securityMode: 'None', securityPolicy: 'None' } as const
    const settings = settingsFor(unsecured.endpointUrl, folder, changes)
    const { userIdentityTokens } = unsecured.server.endpoints[0]!.endpointDescriptions().find(
      ({ securityMode }) => securityMode === 1,
    )!
    const token = userIdentityTokens!.find(({ tokenType }) => tokenType === 1)!
    const encrypting = token.securityPolicyUri
    assert.ok(encrypting, 'the server encrypts the password by itself')
    await connects(settings)
    token.securityPolicyUri = 'http://opcfoundation.org/UA/SecurityPolicy#None'
    try {
      assert.match(await heldUpBy(settings), /^OPCUA_IDENTITY: .*unencrypted.*not sent/)
    } finally {
      token.securityPolicyUri = encrypting
    }
  })
})
