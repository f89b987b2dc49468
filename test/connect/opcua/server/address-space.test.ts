import assert from 'node:assert/strict'
import { AccessLevelFlag, AttributeIds, DataType, StatusCodes, Variant } from 'node-opcua'
import { GROUPS } from '../../../../connect/opcua/server/index.ts'
import { type Box, openBox, verdict } from './open-station.ts'
import type { Plc } from './plc.ts'

describe('the flat face of a station', function () {
  this.timeout(120_000)
  let box: Box
  let plc: Plc
  before(async () => {
    box = await openBox()
    plc = await box.plc()
  })
  after(async () => {
    await plc?.close()
    await box?.close()
  })

  const attribute = async (nodeId: string, attributeId: AttributeIds) =>
    (await plc.session.read({ nodeId, attributeId })).value.value as unknown
  const all = Object.entries(GROUPS).flatMap(([group, { variables }]) =>
    Object.entries<{ type: string; text: string; rows?: true }>(variables).map(([name, variable]) => ({
      ...variable,
      group,
      id: plc?.id(`${group}.${name}`) ?? '',
      path: `${group}.${name}`,
    })),
  )

  it('lies in Objects, in a namespace whose index is 2', async () => {
    assert.equal(plc.id('Status.Online'), 'ns=2;s=line.Status.Online')
    const namesBelow = async (nodeId: string) =>
      ((await plc.session.browse(nodeId)).references ?? []).map(({ browseName }) => browseName.name)
    assert.ok((await namesBelow('ObjectsFolder')).includes('AnomalyCLIP'))
    assert.deepEqual(await namesBelow('ns=2;s=AnomalyCLIP'), ['line'])
    assert.deepEqual(await namesBelow('ns=2;s=line'), ['Control', 'Status', 'Result', 'History'])
    for (const [group, { variables }] of Object.entries(GROUPS))
      assert.deepEqual(await namesBelow(`ns=2;s=line.${group}`), Object.keys(variables))
  })

  it('has a good value, a text and the right shape in every variable', async () => {
    for (const { path, type, text, rows, group } of all) {
      const nodeId = plc.id(path)
      const value = await plc.session.read({ nodeId, attributeId: AttributeIds.Value })
      assert.equal(value.statusCode, StatusCodes.Good, path)
      assert.ok(value.sourceTimestamp, path)
      assert.equal(
        value.value.dataType,
        DataType[type === 'ImageJPG' ? 'ByteString' : (type as 'Float')],
        path,
      )
      if (rows) assert.equal((value.value.value as ArrayLike<unknown>).length, 5, path)
      assert.equal(await attribute(nodeId, AttributeIds.ValueRank), rows ? 1 : -1, path)
      assert.deepEqual(
        await attribute(nodeId, AttributeIds.ArrayDimensions),
        rows ? Uint32Array.of(5) : null,
        path,
      )
      const access = (await attribute(nodeId, AttributeIds.AccessLevel)) as number
      const writable = (access & AccessLevelFlag.CurrentWrite) !== 0
      assert.equal(writable, group === 'Control', path)
      const description = (await attribute(nodeId, AttributeIds.Description)) as { text: string }
      assert.equal(description.text, text, path)
    }
  })

  it('refuses writes to what is ours, and values of another type', async () => {
    const write = async (name: string, dataType: DataType, value: unknown) =>
      (
        await plc.session.write({
          nodeId: plc.id(name),
          attributeId: AttributeIds.Value,
          value: { value: new Variant({ dataType, value }) },
        })
      ).name
    for (const { path, type, rows, group } of all) {
      if (group === 'Control' || rows || type === 'DateTime' || type === 'ImageJPG') continue
      const value = type === 'Boolean' ? true : type === 'String' ? 'x' : 1
      assert.equal(await write(path, DataType[type as 'Float'], value), 'BadNotWritable', path)
    }
    assert.equal(await write('Control.Trigger', DataType.Int32, 1), 'BadTypeMismatch')
    assert.equal(await write('Control.JobId', DataType.Boolean, true), 'BadTypeMismatch')
    assert.equal(await write('Control.JobId', DataType.String, 'x'.repeat(255)), 'BadOutOfRange')
    assert.equal(await write('Control.JobId', DataType.String, 'x'.repeat(254)), 'Good')
    assert.equal(await write('Control.JobId', DataType.String, ['x'.repeat(255)]), 'BadTypeMismatch')
    assert.equal(await write('Control.Trigger', DataType.Boolean, [true]), 'BadTypeMismatch')
    assert.deepEqual(box.acquisitions, [])
  })

  it('lets a client have 5 ms of sampling and 10 ms of publishing', async () => {
    const subscription = await plc.session.createSubscription2({
      requestedPublishingInterval: 10,
      publishingEnabled: true,
    })
    assert.equal(subscription.publishingInterval, 10)
    const item = await subscription.monitor(
      { nodeId: plc.id('Status.Busy'), attributeId: AttributeIds.Value },
      { samplingInterval: 5, queueSize: 10 },
      0 as never,
    )
    assert.equal(item.monitoringParameters.samplingInterval, 5)
    await subscription.terminate()
  })

  it('counts a heartbeat', async () => {
    const slow = await plc.read('Status.Heartbeat')
    await plc.until('Status.Heartbeat', (slow as number) + 1)
  })

  it('gives the overlay byte by byte, and leaves out what is too large', async () => {
    const overlay = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251)
    await box.station().finish(verdict(true, { overlay }))
    await plc.until('Status.ResultsValid', true)
    assert.deepEqual(Buffer.compare((await plc.read('Result.Overlay')) as Buffer, overlay), 0)
    await plc.write({ ResultsAck: true })
    await plc.until('Status.ResultsValid', false)
    await plc.write({ ResultsAck: false })
    assert.equal(((await plc.read('Result.Overlay')) as Buffer).length, 0)

    await box.station().finish(verdict(true, { overlay: new Uint8Array(4 * 1024 * 1024 + 1) }))
    await plc.until('Status.ResultsValid', true)
    assert.equal(((await plc.read('Result.Overlay')) as Buffer).length, 0)
    assert.match(box.notices.at(-1) ?? '', /overlay of 4194305 bytes/)
  })
})
