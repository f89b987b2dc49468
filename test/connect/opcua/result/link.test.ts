import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { LEVELS, PLC_ERRORS } from '../../../../connect/opcua/handshake/index.ts'
import { inspectPart, readResult } from '../../../support/plc-server.ts'
import { type Box, type BoxOptions, failed, makeKeys, openBox, verdict } from './open-box.ts'

describe('the handshake with a PLC over its own server', function () {
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

  it('a trigger becomes a result, step by step', async () => {
    const { plc, link } = await open()
    await plc.until('TriggerReady', ({ TriggerReady, Online }) => TriggerReady === true && Online === true)
    plc.set({ JobId: 'nut', Trigger: true })
    await plc.until('TriggerAck', ({ TriggerAck, Busy, TriggerReady }) =>
      Boolean(TriggerAck && Busy && !TriggerReady),
    )
    assert.deepEqual(await box.asked(1), { acquisitionId: 1, jobId: 'nut' })
    plc.set({ Trigger: false })
    await plc.until('TriggerAck to fall', ({ TriggerAck }) => TriggerAck === false)
    assert.equal(await link.finish(verdict(0.25, 1)), 'stored')
    const read = await plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === true)
    assert.deepEqual(
      [read.JobPass, read.Score, read.Threshold, read.Level, read.AcquisitionId, read.Busy, read.Error],
      [true, 0.25, 0.5, LEVELS.ok, 1, false, false],
    )
    assert.equal((await box.log.waiting()).length, 1)
    plc.set({ ResultsAck: true })
    await plc.until('ResultsValid to fall', ({ ResultsValid }) => ResultsValid === false)
    assert.equal(plc.picture().TriggerReady, false)
    plc.set({ ResultsAck: false })
    await plc.until('TriggerReady again', ({ TriggerReady }) => TriggerReady === true)
    assert.deepEqual(await box.log.waiting(), [])
    assert.deepEqual(plc.torn, [])
  })

  it('a trigger whose job cannot be read is not taken for the job before', async () => {
    const { plc, link, acquired } = await open()
    await plc.until('TriggerReady', ({ TriggerReady }) => Boolean(TriggerReady))
    plc.set({ JobId: 'n'.repeat(255) })
    plc.set({ Trigger: true })
    await plc.until('a missed trigger, and TriggerReady down until its fall was seen', (signals) =>
      Boolean(signals.MissedAcquisitions === 1 && !signals.TriggerReady),
    )
    assert.deepEqual(link.status().faulty, ['JobId'])
    plc.set({ Trigger: false })
    const read = inspectPart(plc, 'nut')
    assert.deepEqual(await box.asked(1), { acquisitionId: 1, jobId: 'nut' })
    assert.equal(acquired.length, 1)
    assert.deepEqual(link.status().faulty, [])
    await link.finish(verdict(0.25, 1))
    await read
  })

  it('an error waits for ClearError, and then the next part is inspected', async () => {
    await open()
    box.answerAll(({ acquisitionId }) =>
      acquisitionId === 1 ? failed(201, acquisitionId) : verdict(0.75, acquisitionId),
    )
    const error = await inspectPart(box.plc, 'a')
    assert.deepEqual(
      [error.Error, error.ErrorCode, error.JobPass, error.ResultsValid],
      [true, 201, false, false],
    )
    const result = await inspectPart(box.plc, 'b')
    assert.deepEqual([result.Error, result.ErrorCode, result.JobPass, result.Score], [false, 0, false, 0.75])
  })
  it('60 parts one after the other each get their own result', async function () {
    this.timeout(600_000)
    await open({ heartbeatMs: 20 })
    box.answerAll(({ acquisitionId, jobId }) => {
      assert.equal(jobId, `part ${acquisitionId}`)
      return verdict((acquisitionId % 8) / 8, acquisitionId)
    })
    for (let i = 1; i <= 60; i++) {
      const read = await inspectPart(box.plc, `part ${i}`)
      assert.deepEqual([read.AcquisitionId, read.Score, read.JobPass], [i, (i % 8) / 8, i % 8 < 4])
    }
    assert.deepEqual(box.plc.torn, [])
    assert.deepEqual(box.notices, [])
  })

  it('every step is one Write: claims fall first and alone, data change, claims rise last and alone', async () => {
    const { plc } = await open()
    box.answerAll(({ acquisitionId }) => verdict(0.125 * acquisitionId, acquisitionId))
    await inspectPart(plc, 'a')
    await inspectPart(plc, 'b')
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    const claims = ['ResultsValid', 'InspectionCompleted', 'Error']
    for (const write of plc.writes) {
      const names = Object.keys(write)
      assert.ok(
        names.every((name) => claims.includes(name)) || !names.some((name) => claims.includes(name)),
        `${names}`,
      )
    }
    const rises = plc.writes.flatMap((write, i) => (write.ResultsValid === true ? [i] : []))
    assert.equal(rises.length, 2)
    for (const [n, i] of rises.entries()) {
      const { JobPass, Score, AcquisitionId } = Object.assign({}, ...plc.writes.slice(0, i))
      assert.deepEqual([JobPass, Score, AcquisitionId], [true, 0.125 * (n + 1), n + 1])
      assert.deepEqual(plc.writes[i], { ResultsValid: true, InspectionCompleted: true })
    }
    assert.deepEqual(plc.torn, [])
  })

  it('a trigger that cannot be taken is counted, and disturbs nothing', async () => {
    const { plc, link } = await open()
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    plc.set({ Trigger: true })
    await plc.until('TriggerAck', ({ TriggerAck }) => TriggerAck === true)
    plc.set({ Trigger: false })
    await plc.until('TriggerAck to fall', ({ TriggerAck }) => TriggerAck === false)
    // Nothing tells an impatient PLC that its trigger was seen.
    let up = false
    const toggling = setInterval(() => {
      up = !up
      plc.set({ Trigger: up })
    }, 50)
    await plc
      .until('missed triggers', ({ MissedAcquisitions }) => Number(MissedAcquisitions) >= 3)
      .finally(() => clearInterval(toggling))
    plc.set({ Trigger: false })
    await link.finish(verdict(0.25, 1))
    const read = await readResult(plc)
    assert.equal(read.AcquisitionId, 1)
    assert.equal(box.acquired.length, 1)
    // One line of a kind, whatever the PLC does.
    assert.equal(box.notices.filter((text) => /could not be taken/.test(text)).length, 1)
  })

  it('a result that waits long for its acknowledgement holds up the next trigger, and stays as it is', async () => {
    const { plc, link } = await open()
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    plc.set({ Trigger: true })
    await plc.until('TriggerAck', ({ TriggerAck }) => TriggerAck === true)
    plc.set({ Trigger: false })
    await link.finish(verdict(0.25, 1))
    await plc.until('ResultsValid', ({ ResultsValid, TriggerAck }) => Boolean(ResultsValid && !TriggerAck))
    plc.set({ Trigger: true })
    await plc.until('a missed trigger', ({ MissedAcquisitions }) => MissedAcquisitions === 1)
    plc.set({ Trigger: false })
    const read = await readResult(plc)
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
    assert.deepEqual(plc.torn, [])
  })

  it('an acquisition without a result becomes an error, and its result is late', async () => {
    const { plc, link } = await open({ inspectionTimeoutMs: 200 })
    const read = await inspectPart(plc, 'slow')
    assert.deepEqual([read.Error, read.ErrorCode, read.AcquisitionId], [true, PLC_ERRORS.timeout, 1])
    assert.equal(await link.finish(verdict(0.25, 1)), 'late')
    assert.equal(link.status().late, 1)
    assert.equal(
      plc.writes.some(({ ResultsValid }) => ResultsValid === true),
      false,
    )
  })

  it('results that no trigger asked for wait in line for their acknowledgements', async () => {
    const { plc, link } = await open()
    await Promise.all([0.125, 0.25, 0.375].map((score) => link.finish(verdict(score))))
    for (const [i, score] of [0.125, 0.25, 0.375].entries()) {
      const read = await readResult(plc)
      assert.deepEqual([read.AcquisitionId, read.Score], [i + 1, score])
    }
    assert.deepEqual(plc.torn, [])
  })

  it('overlays, for which the PLC has no variable, are not kept for it', async () => {
    const { link, log } = await open()
    await link.finish({ ...verdict(0.125), overlay: Buffer.alloc(1_000) })
    assert.deepEqual(
      (await log.waiting()).map(({ overlay }) => overlay),
      [null],
    )
  })

  it('without a node for ResultsAck each result stands until the next', async () => {
    const { plc, link } = await open({ plc: { without: ['ResultsAck', 'ClearError'] } })
    for (const [i, score] of [0.125, 0.25, 0.75].entries()) {
      await link.finish(verdict(score))
      const read = await plc.until(
        'it',
        ({ AcquisitionId, ResultsValid }) => ResultsValid === true && AcquisitionId === i + 1,
      )
      assert.deepEqual([read.Score, read.JobPass], [score, score < 0.5])
    }
    assert.deepEqual(plc.torn, [])
    assert.equal((await box.log.newest()).length, 3)
  })

  it('without a node for ClearError, ResultsAck clears errors, too', async () => {
    const { plc, link } = await open({ plc: { without: ['ClearError'] } })
    await link.finish(failed(900))
    await plc.until('Error', ({ Error: error }) => error === true)
    plc.set({ ResultsAck: true })
    await plc.until('Error to fall', ({ Error: error }) => error === false)
    plc.set({ ResultsAck: false })
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
  })

  it('the heartbeat counts while the box is online', async () => {
    const { plc } = await open({ heartbeatMs: 20 })
    const beats = new Set<unknown>()
    await plc.until('ten beats', ({ Heartbeat }) => beats.add(Heartbeat).size > 10)
    assert.deepEqual([...beats].slice(1, 4), [1, 2, 3])
  })

  it('takes Online and TriggerReady back when it ends', async () => {
    const { plc } = await open()
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === true)
    await box.link.close()
    const { Online, TriggerReady } = plc.picture()
    assert.deepEqual([Online, TriggerReady], [false, false])
  })
})
