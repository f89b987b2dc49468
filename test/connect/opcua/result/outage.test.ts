import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { PLC_ERRORS } from '../../../../connect/opcua/handshake/index.ts'
import { inspectPart, readResult } from '../../../support/plc-server.ts'
import { type Box, type BoxOptions, makeKeys, openBox, verdict } from './open-box.ts'

/** What is promised for a server or network that is back. */
const RECOVERY_MS = 10_000

describe('the handshake with a PLC through outages', function () {
  this.timeout(180_000)
  let keys: string
  let box: Box
  const open = async (options?: Omit<BoxOptions, 'keys'>): Promise<Box> => {
    box = await openBox({ ...options, keys })
    box.plc.set({ TriggerEnable: true })
    return box
  }
  before(async () => {
    keys = await makeKeys()
  })
  afterEach(() => box?.close())
  after(() => rm(keys, { recursive: true, force: true }))

  const trigger = async (jobId: string): Promise<void> => {
    await box.plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    box.plc.set({ JobId: jobId, Trigger: true })
    await box.plc.until('TriggerAck', ({ TriggerAck }) => TriggerAck === true)
    box.plc.set({ Trigger: false })
  }
  const state = (isThis: (state: string) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const end = box.connection.onStatus((status) => {
        if (!isThis(status.state)) return
        end()
        resolve()
      })
    })
  const within = async <T>(work: Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work
    const took = performance.now() - began
    assert.ok(took < RECOVERY_MS, `took ${took} ms`)
    return result
  }

  it('a result that waits is shown again by a PLC that was restarted', async () => {
    const { link } = await open()
    await trigger('a')
    await link.finish(verdict(0.25, 1))
    await box.plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    await box.stopPlc()
    // Its memory is empty: it has forgotten the result.
    await box.startPlc()
    box.plc.set({ TriggerEnable: true })
    const read = await within(readResult(box.plc))
    assert.deepEqual([read.AcquisitionId, read.Score, read.JobPass], [1, 0.25, true])
    assert.deepEqual(box.plc.torn, [])
    box.answerAll(({ acquisitionId }) => verdict(0.75, acquisitionId))
    assert.equal((await inspectPart(box.plc, 'b')).AcquisitionId, 2)
  })

  it('a cut of the network during Busy loses neither trigger nor result', async () => {
    const { link, network, plc } = await open()
    await trigger('a')
    const gone = state((now) => now !== 'online')
    network.set('refuse')
    network.cut()
    await gone
    assert.equal(link.status().signals.online, false)
    assert.equal(await link.finish(verdict(0.75, 1)), 'stored')
    network.set('forward')
    const read = await within(readResult(plc))
    assert.deepEqual([read.AcquisitionId, read.Score, read.JobPass], [1, 0.75, false])
    assert.deepEqual(plc.torn, [])
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    assert.equal(box.acquired.length, 1)
  })

  it('an acknowledgement during an outage counts for what was shown before', async () => {
    const { link, network, plc } = await open()
    await link.finish(verdict(0.25))
    await plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    const gone = state((now) => now !== 'online')
    network.set('refuse')
    network.cut()
    await gone
    plc.set({ ResultsAck: true })
    network.set('forward')
    await within(plc.until('ResultsValid to fall', ({ ResultsValid }) => ResultsValid === false))
    plc.set({ ResultsAck: false })
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    assert.deepEqual(await box.log.waiting(), [])
  })

  it('an acknowledgement during an outage does not count for a result that was never shown', async () => {
    const { link, network, plc } = await open()
    await trigger('a')
    const gone = state((now) => now !== 'online')
    network.set('refuse')
    network.cut()
    await gone
    await link.finish(verdict(0.25, 1))
    // The PLC has lost its patience, and clears whatever there may be.
    plc.set({ ResultsAck: true })
    network.set('forward')
    await within(plc.until('the connection', ({ Busy, Online }) => Busy === false && Online === true))
    assert.equal(plc.picture().ResultsValid, false)
    assert.equal((await box.log.waiting()).length, 1)
    plc.set({ ResultsAck: false })
    const read = await readResult(plc)
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
  })

  it('a trigger that rises during an outage is taken after it', async () => {
    const { network, plc } = await open()
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    const gone = state((now) => now !== 'online')
    network.set('refuse')
    network.cut()
    await gone
    plc.set({ JobId: 'meanwhile', Trigger: true })
    network.set('forward')
    await within(plc.until('TriggerAck', ({ TriggerAck }) => TriggerAck === true))
    assert.deepEqual(box.acquired, [{ acquisitionId: 1, jobId: 'meanwhile' }])
    assert.equal(plc.picture().MissedAcquisitions, 0)
  })

  it('a frozen network is noticed, and recovers', async () => {
    const { link, network, plc } = await open()
    await trigger('a')
    const gone = state((now) => now !== 'online')
    network.set('freeze')
    await gone
    await link.finish(verdict(0.25, 1))
    network.set('forward')
    const read = await within(readResult(plc))
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
  })

  it('a session that the server has ended is made anew, and the result that waits stays', async () => {
    const { link, plc } = await open()
    await link.finish(verdict(0.25))
    await plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    const { engine } = plc.server.server
    const back = state((now) => now === 'online')
    // As after its time-out (Part 4 §5.6.2).
    for (const session of Object.values(
      Reflect.get(engine, '_sessions') as Record<string, { authenticationToken: never }>,
    ))
      engine.closeSession(session.authenticationToken, true, 'Timeout')
    await within(back)
    const read = await within(readResult(plc))
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
  })

  it('the box is restarted while a result waits: the PLC reads it, with its number', async () => {
    await open()
    await trigger('a')
    await box.link.finish(verdict(0.25, 1))
    await box.plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    await box.restart()
    const read = await within(readResult(box.plc))
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
    box.answerAll(({ acquisitionId }) => verdict(0.75, acquisitionId))
    assert.equal((await inspectPart(box.plc, 'b')).AcquisitionId, 2)
  })

  it('the box is restarted during Busy: the PLC gets an error instead of waiting for ever', async () => {
    await open()
    await trigger('a')
    await box.restart()
    const read = await within(readResult(box.plc))
    assert.deepEqual([read.Error, read.ErrorCode, read.AcquisitionId], [true, PLC_ERRORS.interrupted, 1])
    await box.plc.until('TriggerReady', ({ TriggerReady, Busy }) => TriggerReady === true && Busy === false)
  })
})
