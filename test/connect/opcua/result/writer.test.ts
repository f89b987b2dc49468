import assert from 'node:assert/strict'
import type { BoxSignals } from '../../../../connect/opcua/handshake/index.ts'
import { BOX_SIGNALS, type BoxSignal } from '../../../../connect/opcua/result/signals.ts'
import type { SignalValues, Variables } from '../../../../connect/opcua/result/variables.ts'
import { startWriter, type Writer } from '../../../../connect/opcua/result/writer.ts'
import { PASSED_BOX, QUIET_BOX } from '../../../support/box-signals.ts'

const result = (acquisitionId: number, score: number): BoxSignals => ({ ...PASSED_BOX, score, acquisitionId })

/** A PLC's variables whose every write waits until the test lets it through. */
const slowVariables = () => {
  const mapped = new Set<BoxSignal>(Object.values(BOX_SIGNALS))
  const standing: Partial<Record<BoxSignal, boolean | number>> = {}
  const waiting: { values: SignalValues; end: (refused: ReadonlySet<BoxSignal> | Error) => void }[] = []
  const variables: Variables = {
    mapped,
    forgetTypes: () => {},
    write: (values) =>
      new Promise((resolve, reject) => {
        waiting.push({
          values,
          end: (refused) => {
            if (refused instanceof Error) return reject(refused)
            for (const [name, value] of Object.entries(values))
              if (!refused.has(name as BoxSignal)) Object.assign(standing, { [name]: value })
            resolve(refused)
          },
        })
      }),
  }
  const turn = (): Promise<void> => new Promise((later) => setImmediate(later))
  return {
    variables,
    standing,
    /** The write under way, or undefined. */
    present: async () => {
      await turn()
      assert.ok(waiting.length <= 1, 'two writes at once')
      return waiting[0]?.values
    },
    end: async (outcome: ReadonlySet<BoxSignal> | Error = new Set<BoxSignal>()) => {
      await turn()
      const [write] = waiting.splice(0, 1)
      assert.ok(write, 'no write is under way')
      write.end(outcome)
      await turn()
    },
    all: async () => {
      for (await turn(); waiting.length > 0; await turn()) waiting.shift()?.end(new Set())
    },
  }
}

describe('writing signals into a PLC', () => {
  let writer: Writer
  let plc: ReturnType<typeof slowVariables>
  let blocked: boolean[]
  beforeEach(() => {
    plc = slowVariables()
    blocked = []
    writer = startWriter({
      variables: plc.variables,
      onBlocked: (now) => blocked.push(now),
      onError: () => {},
      random: () => 1,
    })
  })
  afterEach(() => writer.close())

  it('nothing is written before a session has begun', async () => {
    writer.want(QUIET_BOX)
    assert.equal(await plc.present(), undefined)
    writer.begin()
    assert.deepEqual(await plc.present(), { resultsValid: false, inspectionCompleted: false, error: false })
  })

  it('a new session takes nothing for known: claims fall first, whatever stood there', async () => {
    writer.want(result(1, 0.25))
    writer.begin()
    await plc.all()
    writer.pause()
    writer.begin()
    assert.deepEqual(await plc.present(), { resultsValid: false, inspectionCompleted: false, error: false })
    await plc.end()
    assert.equal((await plc.present())?.score, 0.25)
    await plc.end()
    assert.deepEqual(await plc.present(), { resultsValid: true, inspectionCompleted: true })
  })

  it('a result that comes while another is being written never gets its claim over the data of the other', async () => {
    writer.want(QUIET_BOX)
    writer.begin()
    await plc.all()
    writer.want(result(1, 0.25))
    assert.equal((await plc.present())?.score, 0.25)
    // The first result is read, cleared and followed by another while its data are under way.
    writer.want(result(2, 0.375))
    await plc.end()
    const next = await plc.present()
    assert.deepEqual(next, { score: 0.375, acquisitionId: 2 })
    await plc.end()
    assert.deepEqual(await plc.present(), { resultsValid: true, inspectionCompleted: true })
  })

  it('what was raised is taken back first when the result is replaced during the claim', async () => {
    writer.want(QUIET_BOX)
    writer.begin()
    await plc.all()
    writer.want(result(1, 0.25))
    await plc.end()
    assert.deepEqual(await plc.present(), { resultsValid: true, inspectionCompleted: true })
    writer.want(result(2, 0.375))
    await plc.end()
    assert.deepEqual(await plc.present(), { resultsValid: false, inspectionCompleted: false })
    await plc.end()
    assert.deepEqual(await plc.present(), { score: 0.375, acquisitionId: 2 })
  })

  it('a data signal that is refused keeps the claims down until a retry succeeds', async () => {
    writer.want(result(1, 0.25))
    writer.begin()
    await plc.end()
    await plc.end(new Set<BoxSignal>(['score']))
    assert.deepEqual(blocked, [true])
    assert.equal(await plc.present(), undefined)
    assert.notEqual(plc.standing.resultsValid, true)
    while ((await plc.present()) === undefined);
    assert.deepEqual(await plc.present(), { score: 0.25 })
    await plc.end()
    assert.deepEqual(blocked, [true, false])
    assert.deepEqual(await plc.present(), { resultsValid: true, inspectionCompleted: true })
  })

  it('an error can be shown though the score cannot', async () => {
    writer.want({ ...QUIET_BOX, inspectionCompleted: true, error: true, errorCode: 200, acquisitionId: 1 })
    writer.begin()
    await plc.end()
    await plc.end(new Set<BoxSignal>(['score']))
    assert.deepEqual(await plc.present(), { error: true })
  })

  it('a request that fails as a whole leaves nothing known of its signals', async () => {
    writer.want(QUIET_BOX)
    writer.begin()
    await plc.all()
    writer.want({ ...QUIET_BOX, busy: true })
    await plc.end(new Error('no answer'))
    while ((await plc.present()) === undefined);
    assert.deepEqual(await plc.present(), { busy: true })
    await plc.all()
    writer.want(QUIET_BOX)
    assert.deepEqual(await plc.present(), { busy: false })
  })

  it('an answer of an earlier session counts for nothing', async () => {
    writer.want(QUIET_BOX)
    writer.begin()
    assert.ok(await plc.present())
    writer.pause()
    writer.begin()
    await plc.end()
    assert.deepEqual(await plc.present(), { resultsValid: false, inspectionCompleted: false, error: false })
  })

  it('while it is held no claim rises', async () => {
    writer.hold(true)
    writer.want(result(1, 0.25))
    writer.begin()
    await plc.all()
    assert.deepEqual([plc.standing.score, plc.standing.resultsValid], [0.25, false])
    assert.equal(writer.hasClaimed(1), false)
    writer.hold(false)
    await plc.all()
    assert.equal(plc.standing.resultsValid, true)
    assert.equal(writer.hasClaimed(1), true)
  })
})
