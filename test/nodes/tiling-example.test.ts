import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import vm from 'node:vm'
import { type Engine, imageFrom, readView, startEngine } from '../../engine/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { readViews } from '../../nodes/anomalyclip-infer/views.ts'
import { root } from '../../tools/tree.ts'

type Saved = Record<string, unknown> & { readonly type: string; readonly name: string }

const flow = JSON.parse(readFileSync(join(root, 'examples/tiling.json'), 'utf8')) as Saved[]
const one = (type: string): Saved => flow.find((node) => node.type === type)!

/** What the function node makes of a message. */
const draw = (msg: { topic: string; bad: boolean }): unknown => {
  const drawn = vm.runInNewContext(`(function (msg) { ${String(one('function').func)} })`, { Buffer, Math })(
    msg,
  )
  return drawn.payload
}

describe('the example tiling', function () {
  this.timeout(120_000)
  let engine: Engine
  before(() => {
    engine = startEngine({ model: nanoModelDir(), threads: 1 })
  })
  after(() => engine.close())

  const scoreOf = async (
    topic: string,
    bad: boolean,
    view = readViews(one('anomalyclip-infer'), root)(topic),
  ) => {
    const image = imageFrom(draw({ topic, bad }))
    return (await engine.infer({ image, ...(view ? { view } : {}) })).score
  }
  const threshold = Number(one('threshold').score)

  it('does what its comment says: the scratch alarms, and the clamp of one camera does not', async () => {
    for (const camera of ['camera-1', 'camera-2']) {
      assert.ok((await scoreOf(camera, false)) < threshold / 2, camera)
      assert.ok((await scoreOf(camera, true)) >= threshold, camera)
    }
    // Under the view of the other camera the clamp has its say.
    const other = readViews(one('anomalyclip-infer'), root)('camera-1')
    const [seen, left] = [await scoreOf('camera-2', false, other), await scoreOf('camera-2', false)]
    assert.ok(seen > 0.1 && left < 0.01, `${seen}, ${left}`)
  })

  it('misses the scratch in the whole image, which an empty view in the message stands for', async () => {
    const whole = flow.find(({ name }) => name === 'the same, whole') as unknown as {
      props: { p: string; v: string }[]
    }
    const view = readView(JSON.parse(whole.props.find(({ p }) => p === 'view')!.v))
    assert.equal(view, null)
    assert.ok((await scoreOf('camera-1', true, view)) < 0.1)
  })
})
