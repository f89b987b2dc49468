import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  browse,
  type Connection,
  openConnection,
  readValues,
  sharedConnection,
  writeValues,
} from '../../../../connect/opcua/client/index.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'
import { clientFolder, online, settingsFor } from './connections.ts'

const IMAGE = Buffer.alloc(200_000, 7)

describe('a session', function () {
  this.timeout(120_000)
  let server: TestServer
  let folder: string
  let connection: Connection

  before(async () => {
    server = await startOpcUaServer({
      variables: [
        { name: 'Pass', dataType: 'Boolean', value: false },
        { name: 'Score', dataType: 'Float', value: 0 },
        { name: 'Code', dataType: 'Int16', value: 0 },
        { name: 'Text', dataType: 'String', value: '' },
        { name: 'Row', dataType: 'Double', value: [1], isArray: true },
        { name: 'Image', dataType: 'ByteString', value: IMAGE },
        { name: 'Fixed', dataType: 'Int32', value: 1, writable: false },
        { name: 'Fast', dataType: 'Int32', value: 0 },
      ],
      build: (namespace, { engine }) => {
        const many = namespace.addFolder(engine.addressSpace!.rootFolder.objects, {
          browseName: 'Many',
          nodeId: 's=Many',
        })
        for (let i = 0; i < 1_200; i++)
          namespace.addVariable({
            organizedBy: many,
            browseName: `V${i}`,
            nodeId: `s=V${i}`,
            dataType: 'Int32',
          })
        const slow = namespace.addVariable({
          organizedBy: many,
          browseName: 'Slow',
          nodeId: 's=Slow',
          dataType: 'Int32',
        })
        slow.bindVariable({
          timestamped_get: async () => {
            await sleep(3_000)
            return slow.readValue()
          },
        } as never)
      },
    })
    folder = await clientFolder(server.certificate)
    connection = openConnection(settingsFor(server.endpointUrl, folder))
    await online(connection)
  })
  after(async () => {
    await connection.close()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  const id = (name: string) => `ns=1;s=${name}`
  const rejectsWith = (code: string, work: Promise<unknown>, words = /./) =>
    assert.rejects(work, (error) => isCodedError(error) && error.code === code && words.test(error.message))

  it('writes values in the types of their variables, without timestamps', async () => {
    const written: string[] = []
    const requests = (request: object): void => {
      if (request.constructor.name === 'WriteRequest') written.push(JSON.stringify(request))
    }
    server.server.on('request', requests)
    await writeValues(connection, [
      { nodeId: id('Pass'), value: true },
      { nodeId: id('Score'), value: 0.25 },
      { nodeId: id('Code'), value: -7 },
      { nodeId: id('Text'), value: 'ok' },
      { nodeId: id('Row'), value: [1, 2.5] },
    ])
    server.server.off('request', requests)
    assert.deepEqual(
      ['Pass', 'Score', 'Code', 'Text'].map((name) => server.get(name)),
      [true, 0.25, -7, 'ok'],
    )
    assert.deepEqual([...(server.get('Row') as Iterable<number>)], [1, 2.5])
    assert.equal(written.length, 1)
    assert.doesNotMatch(written.join(), /"sourceTimestamp":"|"serverTimestamp":"/)
  })

  it('asks for the type of a variable once', async () => {
    const reads: unknown[] = []
    const requests = (request: object): void => {
      if (
        request.constructor.name === 'ReadRequest' &&
        /"attributeId":"?DataType|"attributeId":14/.test(JSON.stringify(request))
      )
        reads.push(request)
    }
    server.server.on('request', requests)
    for (const value of [1, 2, 3]) await writeValues(connection, [{ nodeId: id('Fast'), value }])
    server.server.off('request', requests)
    assert.equal(reads.length, 1)
  })

  it('writes nothing when one value does not fit', async () => {
    server.set('Pass', false)
    await rejectsWith(
      'OPCUA_TYPE',
      writeValues(connection, [
        { nodeId: id('Pass'), value: true },
        { nodeId: id('Code'), value: 0.7 },
      ]),
      /0\.7 .*Code.*Int16/,
    )
    assert.equal(server.get('Pass'), false)
  })

  it('names the variables that the server refuses to write', async () => {
    await rejectsWith(
      'OPCUA_REFUSED',
      writeValues(connection, [{ nodeId: id('Fixed'), value: 2 }]),
      /ns=1;s=Fixed with Bad(NotWritable|UserAccessDenied)/,
    )
    await rejectsWith(
      'OPCUA_REFUSED',
      writeValues(connection, [{ nodeId: id('Nothing'), value: 2 }]),
      /BadNodeIdUnknown/,
    )
    await rejectsWith('OPCUA_NODE_ID', writeValues(connection, [{ nodeId: 'what?', value: 2 }]), /what\?/)
  })

  it('reads values, with the bad status of one beside the others', async () => {
    const [image, nothing] = await readValues(connection, [id('Image'), id('Nothing')])
    assert.ok(IMAGE.equals(image?.value.value))
    assert.equal(nothing?.statusCode.name, 'BadNodeIdUnknown')
  })

  it('gives up a request after its time, and goes on', async () => {
    const began = performance.now()
    await rejectsWith('OPCUA_TIMEOUT', readValues(connection, [id('Slow')], 300))
    assert.ok(performance.now() - began < 1_500)
    await readValues(connection, [id('Pass')])
    assert.equal(connection.status().state, 'online')
  })

  it('tells what lies below a node', async () => {
    const { nodes, truncated } = await browse(connection, 'i=85')
    assert.equal(truncated, false)
    const named = (name: string) => nodes.find(({ displayName }) => displayName === name)
    assert.deepEqual(named('Score'), {
      nodeId: id('Score'),
      browseName: '1:Score',
      displayName: 'Score',
      nodeClass: 'Variable',
      dataType: 'Float',
      valueRank: -1,
      readable: true,
      writable: true,
    })
    assert.equal(named('Row')?.valueRank, 1)
    assert.equal(named('Fixed')?.writable, false)
    assert.equal(named('Server')?.nodeClass, 'Object')
    assert.equal(named('Server')?.dataType, null)
  })

  it('tells all of a thousand children, over as many answers as the server takes', async () => {
    const { nodes } = await browse(connection, id('Many'))
    assert.equal(nodes.length, 1_201)
    assert.ok(nodes.every(({ dataType }) => dataType === 'Int32'))
  })

  it('says so when there is nothing to look below', async () => {
    await rejectsWith('OPCUA_REFUSED', browse(connection, id('Nothing')), /BadNodeIdUnknown/)
  })

  it('counts the values that had no room in the queue of the server', async () => {
    const values: number[] = []
    const stop = connection.watch(
      [
        {
          nodeId: id('Fast'),
          samplingMs: 0,
          queueSize: 2,
          onChange: ({ value }) => values.push(value.value),
          onRefused: (error) => assert.fail(error),
        },
      ],
      500,
    )
    const before = connection.status().overflows
    let written = 0
    // What it overlooks between two samples has no place in the queue to lose.
    while (connection.status().overflows === before) {
      server.set('Fast', ++written)
      await sleep(30)
    }
    stop()
    assert.ok(values.length < written, `${values.length} of ${written}`)
    assert.equal(connection.status().losses, 0)
  })

  it('announces a large value by its timestamp, without sending it', async () => {
    const lengths: (number | undefined)[] = []
    const stop = connection.watch(
      [
        {
          nodeId: id('Image'),
          samplingMs: 0,
          queueSize: 10,
          announce: 'timestamp',
          onChange: ({ value }) => lengths.push(value?.value?.length),
          onRefused: (error) => assert.fail(error),
        },
      ],
      50,
    )
    while (lengths.length === 0) await sleep(20)
    // The same bytes, at another time.
    await sleep(50)
    server.set('Image', IMAGE)
    while (lengths.length < 2) await sleep(20)
    stop()
    assert.deepEqual(lengths, [1, 1])
  })

  it('goes back to the value where announcing is refused, and tells of what is refused altogether', async () => {
    const told: unknown[] = []
    const refused: string[] = []
    const watched = { samplingMs: 0, queueSize: 1, announce: 'timestamp' } as const
    const stop = connection.watch(
      [
        {
          ...watched,
          nodeId: id('Pass'),
          onChange: ({ value, statusCode }) => told.push(statusCode.isGood() ? value.value : statusCode.name),
          onRefused: (error) => refused.push(error.message),
        },
        {
          ...watched,
          nodeId: id('Nothing'),
          onChange: () => assert.fail('a value of nothing'),
          onRefused: (error) => refused.push(error.message),
        },
      ],
      50,
    )
    while (told.length === 0 || refused.length === 0) await sleep(20)
    stop()
    assert.match(refused.join(), /^OPCUA_REFUSED: .*ns=1;s=Nothing with BadNodeIdUnknown/)
  })

  it('ends a subscription with its watch', async () => {
    const before = server.server.currentSubscriptionCount
    const stop = connection.watch(
      [{ nodeId: id('Pass'), samplingMs: 0, queueSize: 1, onChange: () => {}, onRefused: () => {} }],
      100,
    )
    while (server.server.currentSubscriptionCount === before) await sleep(20)
    stop()
    while (server.server.currentSubscriptionCount > before) await sleep(20)
  })

  it('passes an error of its user on as it is', async () => {
    await assert.rejects(
      connection.use(async () => {
        throw new TypeError('mine')
      }),
      TypeError,
    )
    assert.equal(connection.status().state, 'online')
  })

  it('is shared by all with the same settings, and closed by the last of them', async () => {
    const settings = settingsFor(server.endpointUrl, folder, { requestTimeoutMs: 4_000 })
    const sessions = (): number => server.server.engine.currentSessionCount
    const before = sessions()
    const [one, two] = [sharedConnection(settings), sharedConnection({ ...settings })]
    const told: string[] = []
    one.onStatus(({ state }) => told.push(state))
    await online(two)
    assert.equal(sessions(), before + 1)
    await one.close()
    await one.close()
    const heard = told.length
    await readValues(two, [id('Pass')])
    await two.close()
    assert.equal(sessions(), before)
    assert.equal(told.length, heard)
  })
})
