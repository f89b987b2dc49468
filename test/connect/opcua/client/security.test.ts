import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'
import { clientFolder, heldUpBy, online, settingsFor, withConnection } from './connections.ts'

describe('the security of a connection', function () {
  this.timeout(120_000)
  let server: TestServer
  let folder: string

  before(async () => {
    server = await startOpcUaServer({ policies: ['Basic256Sha256', 'Aes256_Sha256_RsaPss'] })
    folder = await clientFolder(server.certificate)
  })
  after(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  for (const securityPolicy of ['Basic256Sha256', 'Aes256_Sha256_RsaPss'] as const)
    it(`is ${securityPolicy} where that is chosen`, () =>
      withConnection(settingsFor(server.endpointUrl, folder, { securityPolicy }), async (connection) => {
        await online(connection)
        const used = await connection.use(async (session) => session.endpoint.securityPolicyUri)
        assert.equal(used, `http://opcfoundation.org/UA/SecurityPolicy#${securityPolicy}`)
      }))

  it('is never less than what was chosen: None is refused where the server does not offer it', async () => {
    const changes = { securityMode: 'None', securityPolicy: 'None' } as const
    assert.match(
      await heldUpBy(settingsFor(server.endpointUrl, folder, changes)),
      /^OPCUA_SECURITY: .*does not offer None.*only SignAndEncrypt with Basic256Sha256/,
    )
  })

  it('is None, without any certificate, where both sides want that', async () => {
    const open = await startOpcUaServer({ modes: ['None'], policies: ['None'] })
    const untrusting = await clientFolder()
    const changes = { securityMode: 'None', securityPolicy: 'None' } as const
    try {
      await withConnection(settingsFor(open.endpointUrl, untrusting, changes), (connection) =>
        online(connection),
      )
    } finally {
      await open.stop()
      await rm(untrusting, { recursive: true })
    }
  })

  it('says what to do when the server does not trust us', async () => {
    const strict = await startOpcUaServer({ acceptsUnknownClients: false })
    const trusting = await clientFolder(strict.certificate)
    try {
      assert.match(
        await heldUpBy(settingsFor(strict.endpointUrl, trusting)),
        /^OPCUA_SECURITY: .*our certificate is not trusted there/,
      )
    } finally {
      await strict.stop()
      await rm(trusting, { recursive: true })
    }
  })

  it('says what is wrong with the address', async () => {
    assert.match(await heldUpBy(settingsFor('opc.tcp://nowhere.invalid:4840', folder)), /^OPCUA_ENDPOINT: /)
    assert.match(await heldUpBy(settingsFor('localhost:4840', folder)), /^OPCUA_ENDPOINT: /)
    assert.match(await heldUpBy(settingsFor('opc.tcp://127.0.0.1:9', folder)), /^OPCUA_OFFLINE: /)
  })
})
