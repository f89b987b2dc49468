import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { lookAtServer, openConnection } from '../../../../connect/opcua/client/index.ts'
import { factsOf, openPki } from '../../../../connect/opcua/pki/index.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'
import { clientFolder, online, settingsFor, until } from './connections.ts'

describe('a server whose certificate is unknown', function () {
  this.timeout(120_000)
  let server: TestServer
  let folder: string

  before(async () => {
    server = await startOpcUaServer()
  })
  after(() => server.stop())
  beforeEach(async () => {
    folder = await clientFolder()
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is refused with its thumbprint until it is trusted, and then used at once', async () => {
    const { thumbprint } = factsOf(server.certificate)
    const connection = openConnection(settingsFor(server.endpointUrl, folder))
    const pki = await openPki(folder)
    try {
      const { lastError, lastAnswerAt } = await until(connection, ({ state }) => state === 'untrusted')
      assert.match(lastError ?? '', new RegExp(`^OPCUA_UNTRUSTED: .*${thumbprint}`))
      assert.equal(lastAnswerAt, null)
      assert.equal(server.server.engine.currentSessionCount, 0)
      await assert.rejects(
        connection.use(async () => {}),
        (error) => isCodedError(error, 'OPCUA_OFFLINE'),
      )
      await pki.trust(thumbprint)
      await online(connection, 2_000)
      assert.equal(connection.status().lastError, null)
    } finally {
      await connection.close()
      await pki.close()
    }
    assert.equal(connection.status().state, 'closed')
  })

  it('stays untrusted in the status while it is tried again', async () => {
    const connection = openConnection(settingsFor(server.endpointUrl, folder), { random: () => 1 })
    try {
      await until(connection, ({ state }) => state === 'untrusted')
      const seen: string[] = []
      connection.onStatus(({ state }) => seen.push(state))
      while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual([...new Set(seen)], ['untrusted'])
    } finally {
      await connection.close()
    }
  })

  it('is left at once when it is no longer trusted', async () => {
    const pki = await openPki(folder)
    await pki.isTrusted(server.certificate)
    const { thumbprint } = factsOf(server.certificate)
    await pki.trust(thumbprint)
    const connection = openConnection(settingsFor(server.endpointUrl, folder))
    try {
      await online(connection)
      await pki.reject(thumbprint)
      assert.notEqual(connection.status().state, 'online')
      await until(connection, ({ state }) => state === 'untrusted')
      assert.equal(server.server.engine.currentSessionCount, 0)
    } finally {
      await connection.close()
      await pki.close()
    }
  })

  it('can be looked at first: what it offers, and its certificate', async () => {
    const pki = await openPki(folder)
    try {
      const { endpoints, certificate } = await lookAtServer(pki, server.endpointUrl)
      assert.deepEqual(
        endpoints.map(({ securityMode, securityPolicy, users }) => ({ securityMode, securityPolicy, users })),
        [
          {
            securityMode: 'SignAndEncrypt',
            securityPolicy: 'Basic256Sha256',
            users: ['anonymous', 'userName', 'certificate'],
          },
        ],
      )
      assert.equal(certificate?.thumbprint, factsOf(server.certificate).thumbprint)
      assert.equal(certificate?.trusted, false)
      await pki.trust(certificate?.thumbprint ?? '')
      assert.equal((await lookAtServer(pki, server.endpointUrl)).certificate?.trusted, true)
    } finally {
      await pki.close()
    }
  })

  it('that is not there is said to be so', async () => {
    const pki = await openPki(folder)
    try {
      const codeOf = async (endpointUrl: string): Promise<unknown> =>
        lookAtServer(pki, endpointUrl).then(
          () => null,
          (error: { code?: unknown }) => error.code,
        )
      assert.equal(await codeOf('opc.tcp://127.0.0.1:9'), 'OPCUA_OFFLINE')
      assert.equal(await codeOf('opc.tcp://nowhere.invalid:4840'), 'OPCUA_ENDPOINT')
      assert.equal(await codeOf('http://127.0.0.1'), 'OPCUA_ENDPOINT')
    } finally {
      await pki.close()
    }
  })
})
