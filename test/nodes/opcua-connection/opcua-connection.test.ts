import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionStatus } from '../../../connect/opcua/client/index.ts'
import { openPki } from '../../../connect/opcua/pki/index.ts'
import { isCodedError } from '../../../errors/index.ts'
import { connectionOf } from '../../../nodes/opcua-connection/host.ts'
import register from '../../../nodes/opcua-connection/opcua-connection.ts'
import {
  type ConnectionConfig,
  type ConnectionCredentials,
  pkiFolderOf,
  readSettings,
} from '../../../nodes/opcua-connection/settings.ts'
import { dotOf } from '../../../nodes/opcua-connection/status.ts'
import { ONLINE } from '../../support/connection-status.ts'
import { startOpcUaServer, type TestServer } from '../../support/opcua-server.ts'
import { fakeRuntime } from '../fakes.ts'

const configOf = (changes: object): ConnectionConfig =>
  ({ version: 1, endpointUrl: 'opc.tcp://plc:4840', ...changes }) as unknown as ConnectionConfig

describe('the settings of opcua-connection', () => {
  it('of a flow that only names a server are those of version 1, and safe', () => {
    assert.deepEqual(readSettings(configOf({}), {}, '/user'), {
      endpointUrl: 'opc.tcp://plc:4840',
      securityMode: 'SignAndEncrypt',
      securityPolicy: 'Basic256Sha256',
      identity: { type: 'anonymous' },
      pkiFolder: join('/user', 'anomalyclip', 'pki', 'client'),
      requestTimeoutMs: 10_000,
      watchdogMs: 2_000,
    })
  })

  it('take user and key from the credentials, and no policy without security', () => {
    const read = (changes: object, credentials: ConnectionCredentials) =>
      readSettings(configOf(changes), credentials, '/user')
    assert.deepEqual(read({ identity: 'userName' }, { user: 'a', password: 'b' }).identity, {
      type: 'userName',
      userName: 'a',
      password: 'b',
    })
    assert.deepEqual(read({ identity: 'certificate' }, { certificate: 'c', privateKey: 'd' }).identity, {
      type: 'certificate',
      certificate: 'c',
      privateKey: 'd',
    })
    const { securityMode, securityPolicy } = read(
      { securityMode: 'None', securityPolicy: 'Basic256Sha256' },
      {},
    )
    assert.deepEqual([securityMode, securityPolicy], ['None', 'None'])
  })

  it('are refused when a field is out of range or of no known choice, or a credential is missing', () => {
    for (const changes of [
      { endpointUrl: '' },
      { securityMode: 'Some' },
      { securityPolicy: 'Basic128Rsa15' },
      { identity: 'userName' },
      { identity: 'certificate' },
      { requestTimeoutS: '0' },
      { watchdogS: '60' },
      { version: 2 },
    ])
      assert.throws(
        () => readSettings(configOf(changes), {}, '/user'),
        (error) => isCodedError(error, 'NODE_CONFIG'),
        JSON.stringify(changes),
      )
  })
})

describe('the dot of a connection', () => {
  const status: ConnectionStatus = ONLINE

  it('is green only online, with what was lost', () => {
    assert.deepEqual(dotOf(status), { fill: 'green', shape: 'dot', text: 'online' })
    assert.equal(dotOf({ ...status, overflows: 3, losses: 12_345 }).text, 'online o3 l12k')
    for (const state of ['connecting', 'waiting', 'untrusted', 'closed'] as const)
      assert.notEqual(dotOf({ ...status, state }).fill, 'green')
  })

  it('says in red what is wrong', () => {
    assert.equal(dotOf({ ...status, state: 'untrusted' }).text, 'not trusted')
    const lastError = 'OPCUA_CONNECTION_LOST: the session with opc.tcp://plc:4840 has ended'
    assert.deepEqual(dotOf({ ...status, state: 'waiting', lastError }), {
      fill: 'red',
      shape: 'ring',
      text: 'connection lost',
    })
  })
})

describe('opcua-connection', function () {
  this.timeout(120_000)
  let userDir: string
  let server: TestServer

  before(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'user-'))
    server = await startOpcUaServer({ variables: [{ name: 'Ready', dataType: 'Boolean', value: true }] })
  })
  after(async () => {
    await server.stop()
    await rm(userDir, { recursive: true })
  })

  const start = () => {
    const runtime = fakeRuntime({ userDir })
    register(runtime.RED)
    runtime.make('opcua-connection', { ...configOf({ endpointUrl: server.endpointUrl }), id: 'plc' })
    /** As the dialog asks. */
    const ask = (path: string, body?: object): Promise<{ code: number; body: never }> =>
      new Promise((resolve) => {
        let code = 200
        const response = {
          status: (given: number) => {
            code = given
            return response
          },
          json: (answer: never) => resolve({ code, body: answer }),
        }
        runtime.routes.get(`/anomalyclip/opcua/${path}`)?.handler({ body, query: {} }, response)
      })
    return { ...runtime, ask }
  }

  it('lets those read who may read, and those trust and look around who may write', () => {
    const { routes } = start()
    assert.deepEqual(
      [...routes].map(([path, { permission }]) => [path.replace('/anomalyclip/opcua/', ''), permission]),
      [
        ['certificates', 'anomalyclip.read'],
        ['trust', 'anomalyclip.write'],
        ['reject', 'anomalyclip.write'],
        ['look', 'anomalyclip.write'],
        ['browse', 'anomalyclip.read'],
      ],
    )
  })

  it('sends nothing before somebody uses it, and closes its session with the last of them', async () => {
    const { RED } = start()
    assert.equal(server.server.currentChannelCount, 0)
    const pki = await openPki(pkiFolderOf(userDir, 'client'))
    await pki.isTrusted(server.certificate)
    await pki.trust((await pki.list())[0]?.thumbprint ?? '')
    const [one, two] = [connectionOf(RED, 'plc'), connectionOf(RED, 'plc')]
    await new Promise<void>((resolve) => {
      one.onStatus(({ state }) => state === 'online' && resolve())
    })
    assert.equal(server.server.engine.currentSessionCount, 1)
    await one.close()
    assert.equal(two.status().state, 'online')
    await two.close()
    assert.equal(server.server.engine.currentSessionCount, 0)
    await pki.reject((await pki.list())[0]?.thumbprint ?? '')
    await pki.close()
  })

  it('with a wrong configuration tells every node that uses it what is wrong', () => {
    const { RED, make } = start()
    const node = make('opcua-connection', { ...configOf({ identity: 'userName' }), id: 'wrong' })
    assert.equal(node.errors.length, 1)
    for (const id of ['wrong', 'gone', ''])
      assert.throws(
        () => connectionOf(RED, id),
        (error) => isCodedError(error, 'NODE_CONFIG'),
      )
  })

  it('lets its dialog look at a server, trust it, browse it, and trust it no longer', async () => {
    const { ask } = start()
    const look = await ask('look', { endpointUrl: server.endpointUrl })
    const { certificate, endpoints } = look.body as {
      certificate: { thumbprint: string; trusted: boolean }
      endpoints: []
    }
    assert.equal(endpoints.length, 1)
    assert.equal(certificate.trusted, false)
    const refused = await ask('browse', { connection: 'plc', nodeId: 'i=85' })
    assert.equal(refused.code, 422)
    assert.match((refused.body as { error: string }).error, /^OPCUA_OFFLINE: .*OPCUA_UNTRUSTED/)

    assert.equal((await ask('trust', { thumbprint: certificate.thumbprint })).code, 200)
    const browsed = await ask('browse', { connection: 'plc', nodeId: 'i=85' })
    const { nodes } = browsed.body as { nodes: { displayName: string }[] }
    assert.ok(nodes.some(({ displayName }) => displayName === 'Ready'))
    assert.equal(server.server.engine.currentSessionCount, 0)

    assert.equal((await ask('reject', { thumbprint: certificate.thumbprint })).code, 200)
    const { own, others } = (await ask('certificates')).body as {
      own: { pem: string }
      others: { state: string }[]
    }
    assert.match(own.pem, /^-----BEGIN CERTIFICATE-----/)
    assert.deepEqual(
      others.map(({ state }) => state),
      ['rejected'],
    )
  })

  it('answers its dialog with what was wrong', async () => {
    const { ask } = start()
    for (const [path, body, code] of [
      ['trust', {}, 'NODE_CONFIG'],
      ['trust', { thumbprint: 'ab' }, 'OPCUA_CERTIFICATE'],
      ['look', { endpointUrl: 'opc.tcp://127.0.0.1:9' }, 'OPCUA_OFFLINE'],
      ['browse', { connection: 'gone', nodeId: 'i=85' }, 'NODE_CONFIG'],
    ] as const) {
      const answer = await ask(path, body)
      assert.equal(answer.code, 422)
      assert.ok(
        (answer.body as { error: string }).error.startsWith(`${code}: `),
        `${path}: ${JSON.stringify(answer.body)}`,
      )
    }
  })
})
