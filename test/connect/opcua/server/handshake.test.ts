import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { AttributeIds, DataType, StatusCodes, TimestampsToReturn, Variant } from 'node-opcua'
import { type Box, openBox, verdict } from './open-station.ts'
import type { Plc } from './plc.ts'

describe('the handshake with a PLC that is our client', function () {
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

  it('takes JobId before Trigger, whichever comes first in the request', async () => {
    for (const [index, writes] of [
      { JobId: 'job a', Trigger: true },
      { Trigger: true, JobId: 'job b' },
    ].entries()) {
      await plc.until('Status.TriggerReady', true)
      await plc.write(writes)
      await plc.until('Status.TriggerAck', true)
      assert.equal(box.acquisitions.at(-1)?.jobId, writes.JobId, `request ${index}`)
      await plc.write({ Trigger: false })
      await box.station().finish(verdict(true))
      await acknowledge()
    }
  })

  it('loses no edge when requests follow each other without a pause', async () => {
    const before = box.acquisitions.length
    await plc.until('Status.TriggerReady', true)
    await Promise.all([
      plc.write({ Trigger: true }),
      plc.write({ Trigger: false }),
      plc.write({ JobId: 'next' }),
    ])
    await plc.until('Status.Busy', true)
    assert.equal(box.acquisitions.length, before + 1)
    assert.equal(await plc.read('Status.TriggerAck'), false)
    await box.station().finish(verdict(true))
    await acknowledge()
  })

  it('counts triggers that come too early, and starts nothing for them', async () => {
    const before = box.acquisitions.length
    const missed = (await plc.read('Status.MissedAcquisitions')) as number
    await plc.until('Status.TriggerReady', true)
    await pulse()
    await pulse()
    await plc.until('Status.MissedAcquisitions', missed + 1)
    await box.station().finish(verdict(false))
    await plc.until('Status.ResultsValid', true)
    assert.equal(await plc.read('Result.JobPass'), false)
    await pulse()
    await plc.until('Status.MissedAcquisitions', missed + 2)
    assert.equal(box.acquisitions.length, before + 1)
    assert.match(box.notices.at(-1) ?? '', /a result waits for ResultsAck/)
    await acknowledge()
  })

  it('takes no trigger from a value whose status is bad', async () => {
    await plc.until('Status.TriggerReady', true)
    const missed = await plc.read('Status.MissedAcquisitions')
    const { name } = await plc.session.write({
      nodeId: plc.id('Control.Trigger'),
      attributeId: AttributeIds.Value,
      value: {
        value: new Variant({ dataType: DataType.Boolean, value: true }),
        statusCode: StatusCodes.BadSensorFailure,
      },
    })
    assert.equal(name, 'Good')
    await plc.write({ Trigger: false })
    assert.equal(await plc.read('Status.MissedAcquisitions'), missed)
    assert.equal(await plc.read('Status.Busy'), false)
  })

  it('says once that triggers come too early, however many they are', async () => {
    await pulse()
    const said = box.notices.length
    for (let early = 0; early < 20; early++) await pulse()
    assert.ok(box.notices.length <= said + 1, box.notices.slice(said).join('\n'))
    await box.station().finish(verdict(true))
    await plc.until('Status.ResultsValid', true)
    await acknowledge()
  })

  it('holds a result as long as the PLC likes', async () => {
    await pulse()
    await box.station().finish(verdict(true))
    await plc.until('Status.ResultsValid', true)
    const id = await plc.read('Result.AcquisitionId')
    await box.station().finish(verdict(false, { acquisitionId: 0 }))
    await new Promise((later) => setTimeout(later, 100))
    assert.equal(await plc.read('Result.AcquisitionId'), id)
    assert.equal(await plc.read('Result.JobPass'), true)
    await acknowledge()
    await plc.until('Result.AcquisitionId', (id as number) + 1)
    assert.equal(await plc.read('Status.ResultsValid'), true)
    await acknowledge()
  })

  it('reports an error, never with a pass beside it, until it is cleared', async () => {
    await plc.until('Status.TriggerReady', true)
    await pulse()
    await plc.until('Status.Busy', true)
    const { acquisitionId } = box.acquisitions.at(-1)!
    await box.station().finish({
      ...verdict(true),
      acquisitionId,
      outcome: { kind: 'error', errorCode: 202 },
    })
    await plc.until('Status.Error', true)
    assert.equal(await plc.read('Status.ErrorCode'), 202)
    assert.equal(await plc.read('Status.ResultsValid'), false)
    assert.equal(await plc.read('Result.JobPass'), false)
    assert.equal(await plc.read('Status.TriggerReady'), false)
    assert.equal(await box.station().finish({ ...verdict(true), acquisitionId }), 'late')
    await plc.write({ ClearError: true })
    await plc.until('Status.Error', false)
    await plc.write({ ClearError: false })
    await plc.until('Status.TriggerReady', true)
  })

  it('never answers one Read with parts of two pictures', async () => {
    const names = [
      'Result.Score',
      'Result.AcquisitionId',
      'Status.ResultsValid',
      'Result.Reason',
      'Result.JobPass',
    ]
    const nodes = names.map((name) => ({ nodeId: plc.id(name), attributeId: AttributeIds.Value }))
    let done = false
    const look = async (): Promise<void> => {
      while (!done) {
        const [score, id, valid, reason, pass] = (await plc.session.read(nodes)).map(
          ({ value }) => value.value as unknown,
        )
        if (!valid) continue
        assert.equal(reason, `of ${String(score)}`)
        assert.equal(pass, true)
        assert.notEqual(id, 0)
      }
    }
    const looking = Promise.all([look(), look()])
    for (let score = 0; score < 20; score++) {
      const finished = verdict(true, { acquisitionId: 0 })
      await box.station().finish({
        ...finished,
        outcome: { kind: 'verdict', pass: true, level: 1, score: score / 32, threshold: 0.5 },
        facts: { ...finished.facts, reason: `of ${score / 32}` },
      })
      await acknowledge()
    }
    done = true
    await looking
  })

  it('says so when a client goes away with Trigger raised', async () => {
    const other = await box.plc()
    await other.write({ Trigger: true })
    await plc.until('Status.TriggerAck', true)
    await other.close()
    await plc.write({ Trigger: false })
    assert.ok(box.notices.some((text) => /ended its session while Trigger is true/.test(text)))
    await box.station().finish(verdict(true))
    await acknowledge()
  })

  const pulse = async () => {
    await plc.write({ Trigger: true })
    await plc.write({ Trigger: false })
  }
  const acknowledge = async () => {
    await plc.until('Status.ResultsValid', true)
    await plc.write({ ResultsAck: true })
    await plc.until('Status.ResultsValid', false)
    await plc.write({ ResultsAck: false })
  }
})

describe('the handshake with a PLC that subscribes', function () {
  this.timeout(120_000)

  it('goes through 100 cycles at 20 ms of publishing, without growing', async () => {
    const box = await openBox({ inspect: ({ acquisitionId }) => verdict(acquisitionId % 3 !== 0) })
    const plc = await box.plc()
    try {
      const subscription = await plc.session.createSubscription2({
        requestedPublishingInterval: 20,
        requestedLifetimeCount: 1000,
        publishingEnabled: true,
      })
      const seen: Record<string, unknown> = {}
      const changed = new EventEmitter()
      for (const name of ['TriggerReady', 'TriggerAck', 'ResultsValid']) {
        const item = await subscription.monitor(
          { nodeId: plc.id(`Status.${name}`), attributeId: AttributeIds.Value },
          { samplingInterval: 0, queueSize: 10 },
          TimestampsToReturn.Both,
        )
        item.on('changed', ({ value }) => {
          seen[name] = value.value
          changed.emit('any')
        })
      }
      const until = async (name: string, wanted: boolean): Promise<void> => {
        while (seen[name] !== wanted) await once(changed, 'any')
      }
      const cycle = async (wanted: boolean): Promise<void> => {
        await until('TriggerReady', true)
        await plc.write({ Trigger: true })
        await until('TriggerAck', true)
        await plc.write({ Trigger: false })
        await until('ResultsValid', true)
        assert.equal(await plc.read('Result.JobPass'), wanted)
        await plc.write({ ResultsAck: true })
        await until('ResultsValid', false)
        await plc.write({ ResultsAck: false })
      }
      await plc.write({ TriggerEnable: true })
      let handles = 0
      for (let n = 1; n <= 100; n++) {
        await cycle(n % 3 !== 0)
        if (n === 20) handles = process.getActiveResourcesInfo().length
      }
      assert.equal(box.acquisitions.length, 100)
      assert.equal(await plc.read('Status.MissedAcquisitions'), 0)
      const grown = process.getActiveResourcesInfo().length - handles
      assert.ok(grown <= 5, `${grown} more handles`)
    } finally {
      await plc.close()
      await box.close()
    }
  })
})

describe('what survives a restart of the box', function () {
  this.timeout(120_000)

  it('is the history, the result that waits, and the counters', async () => {
    const box = await openBox()
    try {
      const before = await box.plc()
      await before.write({ TriggerEnable: true, JobId: 'lot 7' })
      for (const pass of [true, false]) {
        await before.until('Status.TriggerReady', true)
        await before.write({ Trigger: true })
        await before.until('Status.Busy', true)
        await before.write({ Trigger: false })
        await box.station().finish(verdict(pass))
        await before.until('Status.ResultsValid', true)
        if (pass) await before.write({ ResultsAck: true })
        if (pass) await before.until('Status.ResultsValid', false)
        if (pass) await before.write({ ResultsAck: false })
      }
      await before.until('History.Count', 2)
      await before.die()
      await box.restart()

      const plc = await box.plc()
      await plc.until('Status.ResultsValid', true)
      assert.equal(await plc.read('Result.AcquisitionId'), 2)
      assert.equal(await plc.read('Result.JobPass'), false)
      assert.equal(await plc.read('Result.JobId'), 'lot 7')
      const column = async (name: string) => [...((await plc.read(`History.${name}`)) as Iterable<unknown>)]
      assert.equal(await plc.read('History.Count'), 2)
      assert.deepEqual(await column('AcquisitionId'), [2, 1, 0, 0, 0])
      assert.deepEqual(await column('JobPass'), [false, true, false, false, false])
      assert.deepEqual(await column('Score'), [0.75, 0.25, 0, 0, 0])
      assert.deepEqual(await column('Level'), [3, 1, 0, 0, 0])
      assert.deepEqual(await column('JobId'), ['lot 7', 'lot 7', '', '', ''])
      assert.deepEqual((await column('CapturedAt'))[0], new Date('2026-01-02T03:04:05.678Z'))
      await plc.close()
    } finally {
      await box.close()
    }
  })

  it('is an inspection that was under way, as an error', async () => {
    const box = await openBox()
    try {
      const before = await box.plc()
      await before.write({ TriggerEnable: true })
      await before.write({ Trigger: true })
      await before.until('Status.Busy', true)
      await before.die()
      await box.restart()
      const plc = await box.plc()
      await plc.until('Status.Error', true)
      assert.equal(await plc.read('Status.ErrorCode'), 400)
      assert.equal(await plc.read('Status.AcquisitionId'), 1)
      assert.match((await plc.read('Result.Reason')) as string, /restarted/)
      await plc.close()
    } finally {
      await box.close()
    }
  })
})
