import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnection } from '../../../../connect/opcua/client/index.ts'
import { freePort } from '../../../../demo/node-red.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts'
import { clientFolder, online, settingsFor, tokenOf, until } from './connections.ts'

/** What the issue promises after the server's return. */
const BACK_WITHIN_MS = 10_000

/** A pulled cable is noticed after the next look and the limit for its answer. */
const NOTICED_WITHIN_MS = 5_000

describe('a connection that is cut', function () {
  this.timeout(120_000)
  const variables = [{ name: 'Count', dataType: 'Int32', value: 0 }] as const
  let serverFolder: string
  let folder: string
  let server: TestServer
  let proxy: TcpProxy
  let connection: Connection
  let values: number[]

  before(async () => {
    serverFolder = await mkdtemp(join(tmpdir(), 'opcua-server-'))
  })
  after(async () => {
    await rm(serverFolder, { recursive: true })
  })
  beforeEach(async () => {
    server = await startOpcUaServer({ variables, pkiFolder: serverFolder, port: await freePort() })
    proxy = await startTcpProxy(server.port)
    folder = await clientFolder(server.certificate)
    values = []
    connection = openConnection(settingsFor(`opc.tcp://127.0.0.1:${proxy.port}`, folder))
    connection.watch(
      [
        {
          nodeId: 'ns=1;s=Count',
          samplingMs: 50,
          queueSize: 10,
          onChange: ({ value }) => values.push(value.value),
          onRefused: (error) => assert.fail(error),
        },
      ],
      50,
    )
    await online(connection)
  })
  afterEach(async () => {
    await connection.close()
    await proxy.stop()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  const untilValue = async (wanted: number): Promise<void> => {
    for (let i = 0; i < 200 && values.at(-1) !== wanted; i++) await sleep(25)
    assert.equal(values.at(-1), wanted)
  }
  const lost = () => until(connection, ({ state }) => state !== 'online', NOTICED_WITHIN_MS)
  /** Values of before and after are told, over a session that can be used. */
  const isWhole = async (count: number): Promise<void> => {
    await online(connection, BACK_WITHIN_MS)
    await untilValue(0)
    server.set('Count', count)
    await untilValue(count)
    const read = await connection.use((session) => session.read({ nodeId: 'ns=1;s=Count' }))
    assert.equal(read.value.value, count)
  }

  it('is made anew when the server has restarted', async () => {
    await isWhole(1)
    const { port } = server
    await server.stop()
    const { lastError } = await lost()
    await until(connection, ({ state }) => state === 'waiting')
    assert.match(lastError ?? connection.status().lastError ?? '', /^OPCUA_/)
    await assert.rejects(
      connection.use(async () => {}),
      (error) => isCodedError(error, 'OPCUA_OFFLINE'),
    )
    server = await startOpcUaServer({ variables, pkiFolder: serverFolder, port })
    values = []
    await isWhole(2)
    assert.equal(connection.status().reconnects, 1)
  })

  it('is made anew when it was reset, and what was under way says so', async () => {
    await untilValue(0)
    values = []
    const underWay = connection.use(() => sleep(10_000))
    proxy.cut()
    await assert.rejects(underWay, (error) => isCodedError(error, 'OPCUA_CONNECTION_LOST'))
    assert.notEqual(connection.status().state, 'online')
    await isWhole(3)
  })

  it('is noticed when nothing passes any more, though nothing was closed', async () => {
    await untilValue(0)
    values = []
    proxy.set('freeze')
    await lost()
    const { lastError } = await until(connection, (status) => status.lastError !== null)
    assert.match(lastError ?? '', /^OPCUA_/)
    // Also the attempts made meanwhile hang and are given up.
    await sleep(6_000)
    assert.notEqual(connection.status().state, 'online')
    proxy.set('forward')
    await isWhole(4)
  })

  it('is tried for as long as connections are refused', async () => {
    await untilValue(0)
    values = []
    proxy.set('refuse')
    proxy.cut()
    await lost()
    await sleep(5_000)
    assert.equal(connection.status().state, 'waiting')
    assert.match(connection.status().lastError ?? '', /^OPCUA_OFFLINE: /)
    proxy.set('forward')
    await isWhole(5)
  })

  it('is made anew when the server has given up the session', async () => {
    await untilValue(0)
    values = []
    server.server.engine.closeSession(await tokenOf(connection), true, 'Timeout')
    await lost()
    await isWhole(6)
  })

  it('is made anew when only the subscription has gone', async () => {
    await untilValue(0)
    values = []
    const session = server.server.getSession(await tokenOf(connection))
    assert.ok(session)
    const [subscription] = session.publishEngine.subscriptions
    session.deleteSubscription(subscription!.id)
    // The session lives, and says nothing of it: only the keep-alives fail to come.
    await until(connection, ({ state }) => state !== 'online')
    assert.match(
      (await until(connection, (status) => status.lastError !== null)).lastError ?? '',
      /subscription/,
    )
    await isWhole(7)
  })

  it('is closed within a moment, whatever it is doing', async () => {
    proxy.set('freeze')
    await lost()
    const began = performance.now()
    await connection.close()
    assert.ok(performance.now() - began < 4_000)
    assert.equal(connection.status().state, 'closed')
    await assert.rejects(
      connection.use(async () => {}),
      (error) => isCodedError(error, 'OPCUA_OFFLINE'),
    )
  })
})
