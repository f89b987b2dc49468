import assert from 'node:assert/strict'
import { type Box, openBox, verdict } from './open-station.ts'
import type { Plc } from './plc.ts'

describe('the handshake with a PLC that is our client', function () {
  this.timeout(20_000)
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

  it('goes from the trigger to the result and back, read one scalar after another', async () => {
    assert.equal(await plc.read('Status.Online'), true)
    assert.equal(await plc.read('Status.TriggerReady'), false)
    await plc.write({ TriggerEnable: true })
    await plc.until('Status.TriggerReady', true)

    await plc.write({ JobId: 'nut M8', Trigger: true })
    await plc.until('Status.TriggerAck', true)
    assert.equal(await plc.read('Status.Busy'), true)
    assert.equal(await plc.read('Status.TriggerReady'), false)
    assert.deepEqual(box.acquisitions, [{ acquisitionId: 1, jobId: 'nut M8' }])
    await plc.write({ Trigger: false })
    await plc.until('Status.TriggerAck', false)
    assert.equal(await plc.read('Status.ResultsValid'), false)

    assert.equal(await box.station().finish(verdict(true)), 'stored')
    await plc.until('Status.ResultsValid', true)
    const read = Object.fromEntries(
      await Promise.all(
        [
          'JobPass',
          'Score',
          'Threshold',
          'Level',
          'JobId',
          'AcquisitionId',
          'CapturedAt',
          'Source',
          'Reason',
          'EventId',
        ].map(async (name) => [name, await plc.read(`Result.${name}`)]),
      ),
    )
    assert.deepEqual(read, {
      JobPass: true,
      Score: 0.25,
      Threshold: 0.5,
      Level: 1,
      JobId: 'nut M8',
      AcquisitionId: 1,
      CapturedAt: new Date('2026-01-02T03:04:05.678Z'),
      Source: 'camera/1',
      Reason: 'score 0.25 is below 0.5',
      EventId: 'event-1',
    })
    await plc.write({ ResultsAck: true })
    await plc.until('Status.ResultsValid', false)
    await plc.write({ ResultsAck: false })
    await plc.until('Status.TriggerReady', true)
    assert.equal(await plc.read('Result.JobPass'), false)
    assert.equal(await plc.read('Result.AcquisitionId'), 0)
  })
})
