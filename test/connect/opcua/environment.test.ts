import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { openConnection } from '../../../connect/opcua/client/index.ts'
import { mendEnvironment } from '../../../connect/opcua/environment.ts'
import { startOpcUaServer } from '../../support/opcua-server.ts'
import { clientFolder, settingsFor, until } from './client/connections.ts'

describe('the environment of programs that are started later', function () {
  this.timeout(120_000)

  it('has no OPENSSL_CONF that nobody has set once there is a session', async () => {
    const server = await startOpcUaServer({ variables: [] })
    const folder = await clientFolder(server.certificate)
    const before = process.env.OPENSSL_CONF
    delete process.env.OPENSSL_CONF
    const connection = openConnection(settingsFor(server.endpointUrl, folder))
    try {
      await until(connection, ({ state }) => state === 'online')
      assert.equal(process.env.OPENSSL_CONF, undefined)
    } finally {
      await connection.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
      if (before !== undefined) process.env.OPENSSL_CONF = before
      mendEnvironment()
    }
  })
})
