import assert from 'node:assert/strict'
import { type BoxSignals, LEVELS, type ShownResult } from '../../../../../connect/opcua/handshake/index.ts'
import { makeFlatFace } from '../../../../../connect/opcua/server/flat/face.ts'
import { PASSED_BOX, QUIET_BOX } from '../../../../support/box-signals.ts'
import { type Box, openBox } from '../open-station.ts'

const valid = (score: number): BoxSignals => ({ ...PASSED_BOX, score, acquisitionId: 100 * score })
const shown = (score: number): ShownResult => ({
  acquisitionId: 100 * score,
  jobId: 'job',
  outcome: { kind: 'verdict', pass: true, level: LEVELS.ok, score, threshold: null },
  capturedAt: 'no time',
  id: 'event',
  source: 's'.repeat(300),
  reason: `of ${score}`,
  overlay: null,
})
const turn = () => new Promise<void>((later) => setImmediate(later))

describe('the variables of a station', function () {
  this.timeout(120_000)
  let box: Box
  before(async () => {
    box = await openBox()
  })
  after(() => box?.close())

  const setUp = (name: string) => {
    const { namespace, root } = box.server
    const face = makeFlatFace(namespace, root, name, 2)
    const variable = (id: string) => {
      const node = namespace.findNode(`s=${name}.${id}`) ?? assert.fail(id)
      return node as unknown as {
        readValue(): { value: { value: unknown } }
        on(name: string, told: () => void): void
      }
    }
    return { face, variable, value: (id: string) => variable(id).readValue().value.value }
  }

  it('change in a turn of their own, so that no Read of this one sees half of it', async () => {
    const { face, value } = setUp('turns')
    face.show(QUIET_BOX, null)
    await turn()
    face.show(valid(0.25), shown(0.25))
    for (let microtask = 0; microtask < 100; microtask++) {
      assert.deepEqual([value('Result.Score'), value('Status.ResultsValid')], [-1, false])
      await Promise.resolve()
    }
    await turn()
    assert.deepEqual([value('Result.Score'), value('Status.ResultsValid')], [0.25, true])
  })

  it('never claim anything over facts of another result', async () => {
    const { face, variable, value } = setUp('claims')
    const pictures: unknown[][] = []
    for (const id of ['Status.ResultsValid', 'Status.InspectionCompleted', 'Result.Score', 'Result.Reason'])
      variable(id).on('value_changed', () =>
        pictures.push([value('Status.ResultsValid'), value('Result.Score'), value('Result.Reason')]),
      )
    face.show(QUIET_BOX, null)
    face.show(valid(0.25), shown(0.25))
    face.show(valid(0.5), shown(0.5))
    face.show(QUIET_BOX, null)
    face.flush()
    const claimed = pictures.filter(([isValid]) => isValid)
    assert.ok(claimed.length >= 2)
    for (const [, score, reason] of claimed) assert.equal(reason, `of ${String(score)}`)
    assert.equal(value('Result.Reason'), '')
  })

  it('cut texts to what an S7 holds, and show a time that is none as none', async () => {
    const { face, value } = setUp('texts')
    face.show(valid(0.25), shown(0.25))
    face.flush()
    assert.equal((value('Result.Source') as string).length, 254)
    assert.deepEqual(value('Result.CapturedAt'), new Date('1601-01-01T00:00:00Z'))
  })

  it('go with their station', () => {
    const { face } = setUp('gone')
    face.remove()
    assert.equal(box.server.namespace.findNode('s=gone.Status.Online'), null)
    setUp('gone')
  })
})
