import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Anomaly } from '../../../inspection/types.ts'
import register from '../../../nodes/threshold/threshold.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import { closeNode, deliver, fakeRuntime } from '../fakes.ts'

const image = (score: number, topic = 'cam') => ({
  _msgid: 'm',
  topic,
  payload: 'jpeg',
  parts: { index: 0 },
  anomaly: {
    id: 'i',
    score,
    map: { width: 1, height: 1, data: Float32Array.of(0.1) },
    model: { name: 'nano', method: 'anomalyclip', version: '1', device: 'cpu' },
  },
})
const setUp = (config: Record<string, unknown>) => {
  const runtime = fakeRuntime()
  register(runtime.RED)
  return runtime.make('threshold', { id: 't1', version: 1, ...config })
}
/** The output that a delivery left through, from 1, and the message. */
const outputOf = ({ sent }: { sent: unknown[] }) => {
  const outputs = sent[0] as (Message | null)[]
  const at = outputs.findIndex((msg) => msg !== null)
  return { output: at + 1, msg: outputs[at] as Message & { anomaly: Anomaly } }
}

describe('the node threshold', () => {
  it('sends ok and warning on output 1, alarm on 2, undecided on 3', async () => {
    const node = setUp({ score: '0.5', warning: '0.4' })
    const outputs = []
    for (const score of [0.1, 0.45, 0.9, Number.NaN])
      outputs.push(outputOf(await deliver(node, image(score))))
    assert.deepEqual(
      outputs.map(({ output }) => output),
      [1, 1, 2, 3],
    )
    assert.deepEqual(
      outputs.map(({ msg }) => msg.anomaly.verdict!.level),
      ['ok', 'warning', 'alarm', 'undecided'],
    )
    assert.equal(node.statuses[0]!.text, 'ok 0.10')
  })

  it('adds the verdict and leaves the rest of the message alone', async () => {
    const before = image(0.1)
    const { anomaly } = before
    const { msg } = outputOf(await deliver(setUp({}), before))
    const { verdict, ...rest } = msg.anomaly
    assert.deepEqual(rest, anomaly)
    assert.equal('verdict' in anomaly, false)
    assert.equal(verdict!.key, 'cam')
    assert.deepEqual({ ...msg, anomaly: null }, { ...image(0.1), anomaly: null })
  })

  it('answers a control message by status, not by a message', async () => {
    const node = setUp({ goodParts: '2' })
    const { sent, error } = await deliver(node, { control: 'calibrate', key: 'cam' } as Message)
    assert.deepEqual([sent, error], [[], undefined])
    assert.equal(node.statuses[0]!.text, 'calibrate')
    assert.equal(outputOf(await deliver(node, image(0.3))).output, 3)
  })

  it('keeps a half-finished collection in its context over a redeploy', async () => {
    const config = { mode: 'calibrate', goodParts: '3', quantile: '1' }
    const before = setUp(config)
    await deliver(before, image(0.3))
    await closeNode(before)
    const after = setUp(config)
    for (const [name, value] of before.contextValues) after.contextValues.set(name, value)
    const { msg } = outputOf(await deliver(after, image(0.4)))
    assert.equal(msg.anomaly.verdict!.calibration!.collected, 2)
  })

  it('writes nothing any more when it is removed', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const node = setUp({ mode: 'calibrate' })
      await deliver(node, image(0.3))
      await closeNode(node, true)
      // Long after the time at which what has changed would be written.
      mock.timers.tick(60_000)
      await new Promise((later) => setImmediate(later))
      assert.equal(node.contextValues.size, 0)
    } finally {
      mock.timers.reset()
    }
  })

  it('gives wrong settings and messages without an anomaly to catch nodes, with a code', async () => {
    const wrong = await deliver(setUp({ score: '2' }), image(0.1))
    assert.equal(Reflect.get(wrong.error!, 'code'), 'THRESHOLD_SETTINGS')
    const empty = await deliver(setUp({}), { payload: 1 } as Message)
    assert.equal(Reflect.get(empty.error!, 'code'), 'THRESHOLD_INPUT')
    const unknown = await deliver(setUp({}), { control: 'learn' } as Message)
    assert.equal(Reflect.get(unknown.error!, 'code'), 'THRESHOLD_CONTROL')
    const newer = await deliver(setUp({ version: 2 }), image(0.1))
    assert.equal(Reflect.get(newer.error!, 'code'), 'NODE_CONFIG')
  })

  it('says which context store failed', async () => {
    const node = setUp({ store: 'file' })
    const failing = (...args: unknown[]) => (args.at(-1) as (error: Error) => void)(new Error('disk gone'))
    Object.assign(node, { context: () => ({ get: failing, set: failing }) })
    const { error } = await deliver(node, image(0.1))
    assert.equal(Reflect.get(error!, 'code'), 'THRESHOLD_STORE')
    assert.match(error!.message, /"file" could not be read: disk gone/)
  })

  it('takes a fixed text as the key', async () => {
    const node = setUp({ key: 'line 3', keyType: 'str' })
    assert.equal(outputOf(await deliver(node, image(0.1))).msg.anomaly.verdict!.key, 'line 3')
    const none = setUp({})
    assert.equal(
      outputOf(await deliver(none, { ...image(0.1), topic: undefined } as unknown as Message)).msg.anomaly
        .verdict!.key,
      '',
    )
  })
})
