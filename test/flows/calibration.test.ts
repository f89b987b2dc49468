import assert from 'node:assert/strict'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'

const GOOD = 'nut-good.png'
const BAD = 'nut-bad-missing.png'

describe('a calibration that Node-RED is restarted in', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      lines: [
        modelNode('model'),
        ...line({ name: 'line', model: 'model', threshold: { mode: 'calibrate', goodParts: '10' } }),
      ],
    })
    inboxes = await plant.listen('line')
  })
  after(() => plant?.close())

  const inspect = async (...files: string[]) => {
    const before = inboxes.events.bodies.length
    for (const file of files) await plant.publish('line/image/1', sample(file))
    return (await inboxes.events.until((all) => all.length >= before + files.length)).slice(before)
  }
  const summaryOf = ({ data }: { data: { calibration: { state: string; collected: number } | null } }) =>
    `${data.calibration?.state} ${data.calibration?.collected}`

  it('goes on where it stood, and decides after the last good part', async () => {
    const five = Array<string>(5).fill(GOOD)
    const first = await inspect(...five)
    assert.deepEqual(
      first.map(summaryOf),
      [1, 2, 3, 4, 5].map((count) => `collecting ${count}`),
    )
    assert.ok(first.every(({ data }) => data.verdict.level === 'undecided'))

    await plant.stopNodeRed()
    await plant.startNodeRed()

    const second = await inspect(...five)
    assert.ok(second.every(({ data }) => data.verdict.level === 'undecided'))
    assert.equal(second[0] && summaryOf(second[0]), 'collecting 6')
    const [good, bad] = await inspect(GOOD, BAD)
    assert.equal(good && summaryOf(good), 'done 10')
    assert.equal(good?.data.verdict.level, 'ok')
    assert.equal(bad?.data.verdict.level, 'alarm')
  })
})
