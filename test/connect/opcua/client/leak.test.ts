import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from '../../../../connect/opcua/client/index.ts'
import { openPki } from '../../../../connect/opcua/pki/index.ts'
import { startOpcUaServer } from '../../../support/opcua-server.ts'
import { startTcpProxy } from '../../../support/tcp-proxy.ts'
import { clientFolder, settingsFor, tokenOf, until } from './connections.ts'

/** Handles and listeners settle over the first rounds: certificates, name look-ups, the event loop's own. */
const WARM_UP = 20
const ROUNDS = 100

describe('a connection that is lost again and again', function () {
  this.timeout(300_000)

  it('leaves nothing behind: no socket, no timer, no listener, no session on the server', async () => {
    const server = await startOpcUaServer({ variables: [{ name: 'Count', dataType: 'Int32', value: 0 }] })
    const proxy = await startTcpProxy(server.port)
    const folder = await clientFolder(server.certificate)
    const pki = await openPki(folder)
    // Without jitter the next attempt comes after an eighth of a second, and sessions are not settled ones.
    const connection = openConnection(settingsFor(`opc.tcp://127.0.0.1:${proxy.port}`, folder), {
      random: () => 1,
    })
    let values = 0
    let seen = 0
    connection.watch(
      [
        {
          nodeId: 'ns=1;s=Count',
          samplingMs: 100,
          queueSize: 1,
          onChange: () => values++,
          onRefused: (error) => assert.fail(error),
        },
      ],
      100,
    )
    const handles = (): Record<string, number> => {
      const counts: Record<string, number> = {}
      for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
      return counts
    }
    const round = async (): Promise<void> => {
      const before = connection.status().reconnects
      await until(connection, ({ state }) => state === 'online')
      while (values === seen) await sleep(5)
      seen = values
      const token = await tokenOf(connection)
      proxy.cut()
      // The server would keep what it has of the session, timers too, until that times out.
      server.server.engine.closeSession(token, true, 'Terminated')
      // The pause before the next attempt grows with every loss; a wake-up ends it.
      await until(connection, ({ state }) => state === 'waiting')
      await pki.trust((await pki.list())[0]!.thumbprint)
      await until(connection, ({ reconnects }) => reconnects > before)
    }
    try {
      for (let i = 0; i < WARM_UP; i++) await round()
      await sleep(500)
      const atFirst = handles()
      for (let i = 0; i < ROUNDS; i++) await round()
      await sleep(500)
      const atLast = handles()
      for (const kind of ['TCPSocketWrap', 'Timeout', 'Immediate'] as const)
        assert.ok(
          (atLast[kind] ?? 0) <= (atFirst[kind] ?? 0) + 10,
          `${kind}: ${atFirst[kind]} at first, ${atLast[kind]} after ${ROUNDS} rounds`,
        )
      assert.equal(connection.status().reconnects, WARM_UP + ROUNDS)
      assert.ok(pki.manager.listenerCount('certificateAdded') <= 1)
      assert.ok(server.server.engine.currentSessionCount <= 1)
      assert.ok(proxy.connections() <= 2, `${proxy.connections()} connections`)
    } finally {
      await connection.close()
      await pki.close()
      await proxy.stop()
      await server.stop()
      await rm(folder, { recursive: true })
    }
  })
})
