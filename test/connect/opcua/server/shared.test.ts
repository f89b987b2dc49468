import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  leaseVisionServer,
  openStation,
  type RunningStation,
  type ServerLease,
  type ServerSettings,
} from '../../../../connect/opcua/server/index.ts'
import { openStore, type Store } from '../../../../connect/store/index.ts'
import { freePort } from '../../../../demo/node-red.ts'
import { verdict } from './open-station.ts'
import { connectPlc, PASSWORD, type Plc } from './plc.ts'

describe('stations that share a server', function () {
  this.timeout(120_000)
  let folder: string
  let settings: ServerSettings
  let store: Store
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vision-'))
    store = await openStore(join(folder, 'store.sqlite'))
    settings = {
      port: await freePort(),
      host: '127.0.0.1',
      pkiFolder: join(folder, 'pki'),
      allowNone: true,
      allowAnonymous: false,
      users: [PASSWORD],
    }
  })
  after(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  const open = async ({ server }: ServerLease, name: string, historyLength = 3): Promise<RunningStation> =>
    openStation({
      server,
      name,
      log: await store.results(name, historyLength),
      historyLength,
      maxOverlayBytes: 1,
      acknowledged: true,
      maxWaiting: 3,
      inspectionTimeoutMs: 30_000,
      acquire: () => {},
      notice: () => {},
    })
  const connect = (station: string): Promise<Plc> =>
    connectPlc({
      url: `opc.tcp://127.0.0.1:${settings.port}`,
      folder: join(folder, 'plc'),
      station,
      secure: false,
    })

  it('stand beside each other and know nothing of each other', async () => {
    const leases = [await leaseVisionServer(settings), await leaseVisionServer({ ...settings })]
    assert.equal(leases[0]!.server, leases[1]!.server)
    const [left, right] = await Promise.all([open(leases[0]!, 'left'), open(leases[1]!, 'right')])
    const [leftPlc, rightPlc] = [await connect('left'), await connect('right')]
    await leftPlc.write({ TriggerEnable: true })
    await leftPlc.until('Status.TriggerReady', true)
    assert.equal(await rightPlc.read('Status.TriggerReady'), false)
    await right.finish(verdict(true))
    await rightPlc.until('Status.ResultsValid', true)
    assert.equal(await leftPlc.read('Status.ResultsValid'), false)

    await left.close()
    await leases[0]!.release()
    assert.equal(await leftPlc.read('Status.Online'), false)
    assert.equal(await rightPlc.read('Status.Online'), true)
    for (const plc of [leftPlc, rightPlc]) await plc.close()
    await right.close()
    await leases[1]!.release()
  })

  it('leave their variables in place over a redeploy, so that a client keeps its subscription and its signals', async () => {
    const stays = await leaseVisionServer(settings)
    const before = await open(stays, 'left')
    const plc = await connect('left')
    await plc.write({ TriggerEnable: true })
    await plc.until('Status.TriggerReady', true)
    await before.close()
    assert.equal(await plc.read('Status.TriggerReady'), false)
    const after = await open(stays, 'left')
    await plc.until('Status.TriggerReady', true)

    await assert.rejects(open(stays, 'left'), { code: 'OPCUA_SERVER_CONFLICT' })
    await after.close(true)
    await assert.rejects(plc.read('Status.Online'), /BadNodeIdUnknown/)
    const longer = await open(stays, 'left', 7)
    assert.equal(((await plc.read('History.Score')) as Float32Array).length, 7)
    await longer.close()
    await plc.close()
    await stays.release()
  })

  it('must want the same server', async () => {
    const first = await leaseVisionServer(settings)
    for (const changes of [{ allowNone: false }, { users: [] }, { allowAnonymous: true }, { host: '' }])
      await assert.rejects(leaseVisionServer({ ...settings, ...changes }), (error: Error) => {
        assert.equal(Reflect.get(error, 'code'), 'OPCUA_SERVER_CONFLICT')
        assert.match(error.message, new RegExp(Object.keys(changes)[0]!))
        return true
      })
    await first.release()
  })

  it('free the port with the last of them, also under open sessions, and within 4.5 s', async () => {
    for (let round = 0; round < 2; round++) {
      const lease = await leaseVisionServer(settings)
      const station = await open(lease, 'left')
      const plc = await connect('left')
      assert.equal(await plc.read('Status.Online'), true)
      const began = process.hrtime.bigint()
      await station.close()
      await lease.release()
      assert.ok(process.hrtime.bigint() - began < 4_500_000_000n)
      await plc.die()
      const probe = await listen(settings.port)
      probe.close()
      await once(probe, 'close')
    }
  })

  it('say which port is in use', async () => {
    const other = await listen(settings.port)
    const refused = await leaseVisionServer(settings)
    await assert.rejects(refused.server.listen(), (error: Error) => {
      assert.equal(Reflect.get(error, 'code'), 'OPCUA_SERVER_PORT')
      assert.match(error.message, new RegExp(`port ${settings.port} `))
      return true
    })
    await refused.release()
    other.close()
    await once(other, 'close')
    const lease = await leaseVisionServer(settings)
    await lease.server.listen()
    await lease.release()
  })

  it('say when an address is none of this machine', async () => {
    const lease = await leaseVisionServer({ ...settings, host: '203.0.113.7' })
    await assert.rejects(lease.server.listen(), { code: 'OPCUA_SERVER_START' })
    await lease.release()
  })
})

const listen = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
