import assert from 'node:assert/strict'
import register from '../../../nodes/anomaly-event/anomaly-event.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import { ANOMALY } from '../../support/anomaly.ts'
import { deliver, fakeRuntime } from '../fakes.ts'

const setUp = (config: Record<string, unknown> = {}) => {
  const runtime = fakeRuntime()
  register(runtime.RED)
  return runtime.make('anomaly-event', { id: 'e1', version: 1, ...config })
}
const message = (more: object = {}): Message =>
  ({ _msgid: 'm', topic: 'camera/1', payload: 'jpeg', anomaly: ANOMALY, ...more }) as Message

interface Sent extends Message {
  payload: { id: string; source: string; data: { image: { reference?: string }; verdict: { level: string } } }
  contentType: string
}
const sentBy = async (node: ReturnType<typeof setUp>, msg: Message): Promise<Sent> =>
  (await deliver(node, msg)).sent[0] as Sent

describe('the node anomaly-event', () => {
  it('puts the event into the payload, ready for mqtt out, and leaves the rest alone', async () => {
    const node = setUp()
    const { payload, contentType, ...rest } = await sentBy(node, message())
    assert.equal(payload.id, 'inspection-1')
    assert.equal(payload.source, '/anomalyclip/e1')
    assert.equal(contentType, 'application/cloudevents+json')
    assert.deepEqual(rest, { _msgid: 'm', topic: 'camera/1', anomaly: ANOMALY })
    assert.equal(node.statuses[0]!.text, 'undecided')
  })

  it('sets the topic where one is configured', async () => {
    assert.equal((await sentBy(setUp({ topic: 'events/line-3' }), message())).topic, 'events/line-3')
  })

  it('takes the reference of the image from a message property or a text', async () => {
    const fromMessage = setUp({ imageReference: 'file', imageReferenceType: 'msg' })
    assert.equal(
      (await sentBy(fromMessage, message({ file: '/images/1.jpg' }))).payload.data.image.reference,
      '/images/1.jpg',
    )
    assert.equal((await sentBy(fromMessage, message())).payload.data.image.reference, undefined)
    const fixed = setUp({ imageReference: 's3://bucket/x', imageReferenceType: 'str' })
    assert.equal((await sentBy(fixed, message())).payload.data.image.reference, 's3://bucket/x')
  })

  it('gives wrong settings and messages without an anomaly to catch nodes, with a code', async () => {
    const wrong = await deliver(setUp({ typePrefix: 'Nope' }), message())
    assert.equal(Reflect.get(wrong.error!, 'code'), 'EVENT_SETTINGS')
    const empty = await deliver(setUp(), { payload: 1 } as Message)
    assert.equal(Reflect.get(empty.error!, 'code'), 'EVENT_INPUT')
  })
})
