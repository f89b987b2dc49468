import assert from 'node:assert/strict'
import { mock } from 'node:test'
import {
  type Acquisition,
  type BoxSignals,
  type Finished,
  LEVELS,
  PLC_ERRORS,
  QUIET_PLC,
  type RunningHandshake,
  readBody,
  runHandshake,
  type StoredResult,
  UNASKED,
} from '../../../../connect/opcua/handshake/index.ts'
import { type FakeLog, fakeLog } from './fake-log.ts'

const TIMEOUT_MS = 5000

interface Box {
  readonly handshake: RunningHandshake
  readonly log: FakeLog
  readonly pictures: readonly BoxSignals[]
  readonly acquired: readonly Acquisition[]
  readonly notices: readonly string[]
  readonly stored: readonly StoredResult[]
}

/** A box with a flow behind it, over what an earlier one has left in the log. */
const startBox = async (log = fakeLog(), standing: typeof QUIET_PLC | null = QUIET_PLC): Promise<Box> => {
  const pictures: BoxSignals[] = []
  const acquired: Acquisition[] = []
  const notices: string[] = []
  const stored: StoredResult[] = []
  const handshake = await runHandshake({
    log,
    acknowledged: true,
    maxWaiting: 3,
    standing,
    inspectionTimeoutMs: TIMEOUT_MS,
    show: (signals) => pictures.push(signals),
    acquire: (acquisition) => acquired.push(acquisition),
    notice: (level, text) => notices.push(`${level}: ${text}`),
    onStored: (result) => stored.push(result),
  })
  handshake.setOnline(true)
  handshake.plc({ triggerEnable: true })
  return { handshake, log, pictures, acquired, notices, stored }
}

const verdict = (acquisitionId: number | null, changes: Partial<Finished> = {}): Finished => ({
  outcome: { kind: 'verdict', pass: true, level: LEVELS.ok, score: 0.25, threshold: 0.5 },
  acquisitionId,
  overlay: null,
  facts: { capturedAt: '2026-11-24T02:17:32.280Z', id: 'inspection-1', source: 'camera/1', reason: 'good' },
  ...changes,
})

const trigger = ({ handshake }: Box, jobId = ''): void => {
  handshake.plc({ jobId, trigger: true })
  handshake.plc({ trigger: false })
}

const acknowledge = ({ handshake }: Box): void => {
  handshake.plc({ resultsAck: true })
  handshake.plc({ resultsAck: false })
}

/** Lets everything run that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a running handshake', () => {
  it('asks for one image for each trigger, under its number and job', async () => {
    const box = await startBox()
    trigger(box, 'door 7')
    assert.deepEqual(box.acquired, [{ acquisitionId: 1, jobId: 'door 7' }])
    assert.equal(box.handshake.signals().busy, true)
  })

  it('shows a result only once it is on the disk', async () => {
    const box = await startBox()
    trigger(box)
    const release = box.log.hold()
    const ending = box.handshake.finish(verdict(1))
    await settled()
    assert.equal(box.handshake.signals().resultsValid, false)
    assert.equal(box.handshake.signals().busy, true)
    release()
    assert.equal(await ending, 'stored')
    assert.equal(box.handshake.signals().resultsValid, true)
    assert.equal(box.log.results.length, 1)
  })

  it('keeps job, outcome and facts with the result, and tells of it once it is stored', async () => {
    const box = await startBox()
    trigger(box, 'door 7')
    await box.handshake.finish(verdict(1))
    const body = readBody(box.log.results[0]!.body)
    assert.deepEqual(body, { ...verdict(1).facts, jobId: 'door 7', outcome: verdict(1).outcome })
    assert.deepEqual(box.stored, [{ ...body, acquisitionId: 1 }])
  })

  it('marks a result as acknowledged in the log once the PLC has answered', async () => {
    const box = await startBox()
    trigger(box)
    await box.handshake.finish(verdict(1))
    acknowledge(box)
    await settled()
    assert.equal(box.log.results[0]!.acknowledged, true)
    assert.equal(box.handshake.signals().triggerReady, true)
  })

  it('answers the PLC on a full disk too, and says that the result could be lost', async () => {
    const box = await startBox()
    trigger(box)
    box.log.fail()
    assert.equal(await box.handshake.finish(verdict(1)), 'stored')
    assert.equal(box.handshake.signals().resultsValid, true)
    assert.match(box.notices.join('\n'), /error: result 1 is not on the disk: the disk is full/)
    acknowledge(box)
    assert.equal(box.handshake.signals().triggerReady, true)
  })

  it('gives a result without a trigger the next number, and takes no trigger until it is shown', async () => {
    const box = await startBox()
    const release = box.log.hold()
    const ending = box.handshake.finish(verdict(null))
    assert.equal(box.handshake.signals().triggerReady, false)
    release()
    await ending
    assert.equal(box.handshake.signals().acquisitionId, 1)
    assert.equal(box.handshake.signals().resultsValid, true)
  })

  it('takes a result that names no trigger for the one under way, unless it says that it is not', async () => {
    const box = await startBox()
    trigger(box)
    await box.handshake.finish(verdict(UNASKED))
    assert.equal(box.handshake.signals().busy, true)
    await box.handshake.finish(verdict(null))
    assert.equal(box.handshake.signals().busy, false)
    assert.equal(box.handshake.signals().acquisitionId, 1)
  })

  it('shows results in the order in which they ended, whichever is on the disk first', async () => {
    const box = await startBox()
    const release = box.log.hold()
    const first = box.handshake.finish(verdict(null))
    await settled()
    box.log.hold()()
    const second = box.handshake.finish(verdict(null))
    await settled()
    assert.deepEqual(box.log.written.includes('result 2'), true)
    assert.equal(box.handshake.signals().resultsValid, false)
    release()
    await Promise.all([first, second])
    assert.equal(box.handshake.signals().acquisitionId, 1)
  })

  it('says of a missed trigger why it was missed', async () => {
    const box = await startBox()
    trigger(box)
    trigger(box)
    assert.deepEqual(box.notices, ['warn: a trigger could not be taken: acquisition 1 is under way'])
  })

  it('writes its counters as often as the disk can, not as often as triggers are missed', async () => {
    const box = await startBox()
    trigger(box)
    await settled()
    const before = box.log.written.length
    const release = box.log.hold()
    for (let missed = 0; missed < 1_000; missed++) trigger(box)
    release()
    await settled()
    assert.equal(box.log.written.length - before, 2)
    assert.match(box.log.state ?? '', /"missed":1000,/)
  })
})

describe('an inspection that takes too long', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  it('is an error for the PLC once its time is over, and not before', async () => {
    const box = await startBox()
    trigger(box)
    mock.timers.tick(TIMEOUT_MS - 1)
    await settled()
    assert.equal(box.handshake.signals().busy, true)
    mock.timers.tick(1)
    await settled()
    const { busy, error, errorCode, jobPass } = box.handshake.signals()
    assert.deepEqual(
      { busy, error, errorCode, jobPass },
      {
        busy: false,
        error: true,
        errorCode: PLC_ERRORS.timeout,
        jobPass: false,
      },
    )
  })

  it('is late when it ends after all: not kept, and never the next part’s', async () => {
    const box = await startBox()
    trigger(box)
    mock.timers.tick(TIMEOUT_MS)
    await settled()
    box.handshake.plc({ clearError: true })
    box.handshake.plc({ clearError: false })
    trigger(box)
    assert.equal(await box.handshake.finish(verdict(1)), 'late')
    assert.equal(box.handshake.signals().busy, true)
    assert.deepEqual(
      box.log.results.map(({ acquisitionId }) => acquisitionId),
      [1],
    )
  })

  it('does not overtake a result that is on its way to the disk', async () => {
    const box = await startBox()
    trigger(box)
    const release = box.log.hold()
    const ending = box.handshake.finish(verdict(1))
    mock.timers.tick(2 * TIMEOUT_MS)
    release()
    await ending
    await settled()
    assert.equal(box.handshake.signals().resultsValid, true)
    assert.equal(box.log.results.length, 1)
  })

  it('of one trigger does not shorten the time of the next', async () => {
    const box = await startBox()
    trigger(box)
    mock.timers.tick(TIMEOUT_MS - 1)
    await box.handshake.finish(verdict(1))
    acknowledge(box)
    trigger(box)
    mock.timers.tick(TIMEOUT_MS - 1)
    await settled()
    assert.equal(box.handshake.signals().busy, true)
  })

  it('leaves no timer when the handshake is closed', async () => {
    const box = await startBox()
    trigger(box)
    await box.handshake.close()
    mock.timers.tick(TIMEOUT_MS)
    await settled()
    assert.equal(box.log.results.length, 0)
  })
})

describe('a handshake after a restart', () => {
  it('tells the PLC that the inspection under way will not end', async () => {
    const before = await startBox()
    trigger(before, 'door 7')
    await settled()
    const box = await startBox(before.log)
    const { error, errorCode, acquisitionId, busy } = box.handshake.signals()
    assert.deepEqual(
      { error, errorCode, acquisitionId, busy },
      {
        error: true,
        errorCode: PLC_ERRORS.interrupted,
        acquisitionId: 1,
        busy: false,
      },
    )
    assert.equal(readBody(box.log.results[0]!.body).jobId, 'door 7')
  })

  it('does not follow a result with an error of the same number where the power went between them', async () => {
    const before = await startBox()
    trigger(before)
    await settled()
    const asItWas = before.log.state!
    await before.handshake.finish(verdict(1))
    await before.log.writeState(asItWas)
    const box = await startBox(before.log)
    assert.equal(box.log.results.length, 1)
    assert.equal(box.handshake.signals().resultsValid, true)
    acknowledge(box)
    assert.equal(box.handshake.signals().triggerReady, true)
  })

  it('goes on with its counters', async () => {
    const before = await startBox()
    trigger(before)
    trigger(before)
    await before.handshake.finish(verdict(1))
    acknowledge(before)
    await before.handshake.close()
    const box = await startBox(before.log)
    assert.equal(box.handshake.signals().missedAcquisitions, 1)
    trigger(box)
    assert.deepEqual(box.acquired, [{ acquisitionId: 2, jobId: '' }])
  })

  it('shows again what was not acknowledged, the oldest first', async () => {
    const before = await startBox()
    await before.handshake.finish(verdict(null))
    await before.handshake.finish(verdict(null))
    await before.handshake.close()
    const box = await startBox(before.log)
    assert.equal(box.handshake.signals().acquisitionId, 1)
    acknowledge(box)
    assert.equal(box.handshake.signals().acquisitionId, 2)
    assert.equal(box.handshake.signals().resultsValid, true)
  })

  it('shows nothing to a PLC that was not read yet, and takes nothing that stands there for new', async () => {
    const before = await startBox()
    await before.handshake.finish(verdict(null))
    acknowledge(before)
    await before.handshake.finish(verdict(null))
    await settled()
    // The result was stored and not shown when the power went.
    const { shown: _, ...rest } = JSON.parse(before.log.state!)
    await before.log.writeState(JSON.stringify({ ...rest, shown: null }))
    const box = await startBox(before.log, null)
    assert.equal(box.handshake.signals().resultsValid, false)
    box.handshake.plc({ trigger: true, resultsAck: true, clearError: false })
    assert.equal(box.log.results[1]!.acknowledged, false)
    assert.deepEqual(box.notices, [])
    box.handshake.plc({ resultsAck: false })
    assert.equal(box.handshake.signals().acquisitionId, 2)
    assert.equal(box.handshake.signals().resultsValid, true)
  })

  it('takes the answer that was given meanwhile to what was shown', async () => {
    const before = await startBox()
    await before.handshake.finish(verdict(null))
    await settled()
    const box = await startBox(before.log, null)
    box.handshake.plc({ trigger: false, resultsAck: true, clearError: false })
    await settled()
    assert.equal(box.log.results[0]!.acknowledged, true)
  })

  it('keeps a result whose way to the disk was not over when it was closed', async () => {
    const before = await startBox()
    trigger(before)
    await settled()
    const release = before.log.hold()
    const ending = before.handshake.finish(verdict(1))
    const closing = before.handshake.close()
    release()
    await Promise.all([ending, closing])
    assert.equal(JSON.parse(before.log.state!).acquiring, null)
    const box = await startBox(before.log)
    assert.equal(box.handshake.signals().resultsValid, true)
    assert.equal(box.log.results.length, 1)
  })
})
