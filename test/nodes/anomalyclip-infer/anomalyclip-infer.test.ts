import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineStatus, Inference, InferRequest } from '../../../engine/index.ts'
import { type CodedError, codedError, isCodedError } from '../../../errors/index.ts'
import type { Anomaly } from '../../../inspection/types.ts'
import register from '../../../nodes/anomalyclip-infer/anomalyclip-infer.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import { EXACT } from '../../support/engine/self-test.ts'
import { closeNode, deliver, type FakeNode, fakeRuntime } from '../fakes.ts'

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])

const RESULT: Inference = {
  score: 0.75,
  map: { width: 1, height: 1, data: Float32Array.of(0.5) },
  image: { width: 4, height: 3, format: 'png', sha256: 'abc' },
  timing: { queuedMs: 1, decodeMs: 2, inferMs: 3, totalMs: 6 },
  device: 'cpu',
  className: null,
  model: { name: 'nano', method: 'anomalyclip', version: 'v', imageSize: 224 },
}

const READY: EngineStatus = {
  state: 'ready',
  device: 'cpu',
  step: null,
  loaded: null,
  smaller: null,
  queued: 2,
  queuedBytes: 0,
  running: 0,
  done: 0,
  failed: 0,
  dropped: 3,
  droppedBySource: {},
  cancelled: 0,
  restarts: 0,
  rate: 12.34,
  pid: 1,
  lastError: null,
}

/** An engine whose answers the test gives. */
const fakeEngine = (status: EngineStatus = READY) => {
  const jobs: (PromiseWithResolvers<Inference> & { request: InferRequest })[] = []
  const listeners = new Set<(status: EngineStatus) => void>()
  const engine: Engine = {
    model: RESULT.model,
    ready: Promise.resolve(RESULT.model),
    infer: (request) => {
      const job = { ...Promise.withResolvers<Inference>(), request }
      jobs.push(job)
      return job.promise
    },
    status: () => status,
    onStatus: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: async () => {},
  }
  return { engine, jobs, listeners }
}

const setUp = (config: Record<string, unknown> = {}, status?: EngineStatus, userDir?: string) => {
  const runtime = fakeRuntime()
  if (userDir !== undefined) Object.assign(runtime.RED.settings, { userDir })
  const fake = fakeEngine(status)
  register(runtime.RED)
  runtime.RED.nodes.registerType('anomalyclip-model', function () {
    Object.assign(this, { host: () => ({ engine: fake.engine }) })
  })
  runtime.make('anomalyclip-model', { id: 'model' })
  const node = runtime.make('anomalyclip-infer', { id: 'infer', version: 1, model: 'model', ...config })
  return { ...fake, node, runtime }
}

/** Lets the handlers that wait on properties go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

const answerAll = async (jobs: ReturnType<typeof fakeEngine>['jobs'], error?: CodedError) => {
  await settle()
  for (const job of jobs) error ? job.reject(error) : job.resolve(RESULT)
}

const infer = async (
  node: FakeNode,
  jobs: ReturnType<typeof fakeEngine>['jobs'],
  msg: object,
  error?: CodedError,
) => {
  const delivery = deliver(node, { ...msg })
  await answerAll(jobs, error)
  return delivery
}

const anomalyOf = (sent: unknown[]): Anomaly => (sent[0] as { anomaly: Anomaly }).anomaly

describe('anomalyclip-infer', () => {
  it('adds msg.anomaly and leaves everything else alone', async () => {
    const { node, jobs } = setUp()
    const request = { req: true }
    const { sent, error } = await infer(node, jobs, {
      payload: PNG,
      topic: 'line/1',
      _msgid: 'm',
      req: request,
    })
    assert.equal(error, undefined)
    const { anomaly, ...rest } = sent[0] as Record<string, unknown>
    assert.deepEqual(rest, { payload: PNG, topic: 'line/1', _msgid: 'm', req: request })
    const { id, capturedAt, ...facts } = anomaly as Anomaly
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.ok(!Number.isNaN(Date.parse(capturedAt)))
    const { score, map, image, timing } = RESULT
    const model = { name: 'nano', method: 'anomalyclip', version: 'v', device: 'cpu' }
    assert.deepEqual(facts, { score, map, image, timing, model, source: 'line/1' })
  })

  it('gives every inspection an id of its own', async () => {
    const { node, jobs } = setUp()
    const first = await infer(node, jobs, { payload: PNG })
    const second = await infer(node, jobs, { payload: PNG })
    assert.notEqual(anomalyOf(first.sent).id, anomalyOf(second.sent).id)
  })

  it('takes the image from the chosen property and the source from a fixed text', async () => {
    const { node, jobs } = setUp({ image: 'frame', imageType: 'flow', source: 'camera 7', sourceType: 'str' })
    node.contextValues.set('frame', PNG)
    const { sent } = await infer(node, jobs, { payload: 'something else' })
    assert.equal(anomalyOf(sent).source, 'camera 7')
    assert.equal(jobs[0]?.request.source, 'camera 7')
    assert.deepEqual(jobs[0]?.request.image, { kind: 'encoded', data: PNG })
  })

  it('takes its own name, else its id, for the source where the message says none', async () => {
    const { node, jobs } = setUp()
    assert.equal(anomalyOf((await infer(node, jobs, { payload: PNG })).sent).source, 'infer')
    node.name = 'line 3'
    assert.equal(anomalyOf((await infer(node, jobs, { payload: PNG })).sent).source, 'line 3')
    const emptied = setUp({ source: '' })
    const { sent } = await infer(emptied.node, emptied.jobs, { payload: PNG, topic: 'not asked for' })
    assert.equal(anomalyOf(sent).source, 'infer')
  })

  it('takes the capture time from the message as text, milliseconds or Date', async () => {
    const { node, jobs } = setUp()
    const time = new Date('2026-03-04T05:06:07.000Z')
    for (const capturedAt of [time, time.getTime(), '2026-03-04T06:06:07+01:00']) {
      const { sent } = await infer(node, jobs, { payload: PNG, capturedAt })
      assert.equal(anomalyOf(sent).capturedAt, time.toISOString())
    }
  })

  it('refuses a capture time that is none', async () => {
    const { node } = setUp()
    for (const capturedAt of ['yesterday', {}, Number.NaN, true, PNG, 'x'.repeat(10_000)]) {
      const { error } = await deliver(node, { payload: PNG, capturedAt })
      assert.ok(isCodedError(error, 'NODE_PROPERTY'), String(capturedAt))
      assert.ok(error.message.length < 500)
    }
  })

  it('sends results in the order in which the images came', async () => {
    const { node, jobs } = setUp()
    const order: unknown[] = []
    const deliveries = [1, 2, 3].map((number) =>
      deliver(node, { payload: PNG, number }).then(({ sent }) =>
        order.push((sent[0] as { number: number }).number),
      ),
    )
    await answerAll(jobs)
    await Promise.all(deliveries)
    assert.deepEqual(order, [1, 2, 3])
  })

  it('ends a dropped image without a result and without an error', async () => {
    const { node, jobs } = setUp()
    const dropped = codedError('ENGINE_DROPPED', 'x')
    assert.deepEqual(await infer(node, jobs, { payload: PNG }, dropped), { sent: [], error: undefined })
  })

  it('reports a full queue that refuses, and whatever else the engine fails with', async () => {
    const { node, jobs } = setUp()
    for (const code of ['ENGINE_QUEUE_FULL', 'ENGINE_CRASHED', 'MODEL_MISSING'] as const) {
      const { sent, error } = await infer(node, jobs, { payload: PNG }, codedError(code, 'x'))
      assert.deepEqual(sent, [])
      assert.ok(isCodedError(error, code))
    }
  })

  it('reports what is no image without troubling the engine', async () => {
    const { node, jobs } = setUp()
    for (const payload of [undefined, '', 'no image', 7, {}, []]) {
      const { error } = await deliver(node, { payload })
      assert.ok(isCodedError(error) && error.code.startsWith('IMAGE_'), String(payload))
    }
    assert.equal(jobs.length, 0)
  })

  it('takes its images back and stops listening when it closes', async () => {
    const { node, jobs, listeners } = setUp()
    void deliver(node, { payload: PNG })
    await settle()
    assert.equal(jobs[0]?.request.signal?.aborted, false)
    await closeNode(node)
    assert.equal(jobs[0]?.request.signal?.aborted, true)
    assert.equal(listeners.size, 0)
  })

  it('shows rate, queue and drops in green', () => {
    const { node } = setUp()
    assert.deepEqual(node.statuses, [{ fill: 'green', shape: 'dot', text: '12.3/s q2 d3' }])
  })

  it('goes on showing that the inference process was restarted', () => {
    const { node } = setUp({}, { ...READY, restarts: 1 })
    assert.deepEqual(node.statuses, [{ fill: 'green', shape: 'dot', text: '12.3/s q2 d3 r1' }])
  })

  it('shows a start in yellow and a failed model in red with its code', () => {
    const starting = setUp({}, { ...READY, state: 'starting', queued: 0 })
    assert.deepEqual(starting.node.statuses, [{ fill: 'yellow', shape: 'ring', text: 'starting' }])
    const failed = setUp({}, { ...READY, state: 'failed', lastError: 'MODEL_MISSING: nothing there' })
    assert.deepEqual(failed.node.statuses, [{ fill: 'red', shape: 'ring', text: 'MODEL_MISSING' }])
  })

  it('says what a start is busy with', () => {
    const textsOf = (changes: Partial<EngineStatus>) =>
      setUp({}, { ...READY, state: 'starting', queued: 0, ...changes }).node.statuses.map(({ text }) => text)
    assert.deepEqual(textsOf({ step: 'reading' }), ['checking files'])
    assert.deepEqual(textsOf({ step: 'checking', queued: 2 }), ['warming up q2'])
    assert.deepEqual(textsOf({ state: 'restarting', step: 'loading' }), ['loading'])
  })

  it('is yellow and names the device where the chosen one was passed over', () => {
    const loaded = {
      selfTest: EXACT,
      passedOver: [{ device: 'cuda', reason: 'ENGINE_DEVICE: none' }],
    } as const
    const { node } = setUp({}, { ...READY, loaded })
    assert.deepEqual(node.statuses, [{ fill: 'yellow', shape: 'dot', text: 'cpu 12.3/s q2 d3' }])
  })

  it('stays under 20 characters of status with the largest counts', () => {
    const { node } = setUp({}, { ...READY, rate: 1234.56, queued: 1_000_000, dropped: 123_456_789 })
    assert.deepEqual(
      node.statuses.map(({ text }) => text),
      ['1235/s q1M d123M'],
    )
  })

  it('without a model answers every message with an error', async () => {
    for (const model of ['', 'unknown', 'infer']) {
      const { node } = setUp({ model })
      assert.equal(node.statuses.at(-1)?.fill, 'red')
      const { error } = await deliver(node, { payload: PNG })
      assert.ok(isCodedError(error, 'NODE_CONFIG'), model)
    }
  })

  it('refuses to run when a later package saved it', async () => {
    const { node } = setUp({ version: 2 })
    const { error } = await deliver(node, { payload: PNG })
    assert.ok(isCodedError(error, 'NODE_CONFIG'))
  })

  describe('with a class', () => {
    /** One message through a node whose model takes class names, or none. */
    const through = async (
      { node, jobs }: Pick<ReturnType<typeof setUp>, 'node' | 'jobs'>,
      msg: object,
      takesClassNames = true,
    ) => {
      const delivery = deliver(node, { payload: PNG, ...msg })
      await settle()
      const { request, resolve } = jobs.at(-1)!
      const className = takesClassNames ? (request.className ?? 'the default') : null
      resolve({ ...RESULT, className })
      return { ...(await delivery), asked: request.className }
    }

    it('asks for none where the field is empty or was not saved, and says which one the model took', async () => {
      for (const config of [{}, { class: '', classType: 'str' }, { class: ' ', classType: 'msg' }]) {
        const { sent, asked } = await through(setUp(config), { class: 'not asked for' })
        assert.equal(asked, undefined)
        assert.equal(anomalyOf(sent).model.className, 'the default')
      }
    })

    it('says nothing of a class where the model takes none', async () => {
      const { sent } = await through(setUp(), {}, false)
      assert.ok(!('className' in anomalyOf(sent).model))
    })

    it('takes it from a fixed text, a message, a context or the environment', async () => {
      const fixed = await through(setUp({ class: 'bottle', classType: 'str' }), {})
      const env = await through(setUp({ class: 'CLASS', classType: 'env' }), {})
      const inMessage = setUp({ class: 'part.kind', classType: 'msg' })
      const first = await through(inMessage, { part: { kind: 'nut' } })
      const second = await through(inMessage, { part: { kind: 'pill' } })
      const inFlow = setUp({ class: 'kind', classType: 'flow' })
      inFlow.node.contextValues.set('kind', 'screw')
      const flow = await through(inFlow, {})
      assert.deepEqual(
        [fixed, env, first, second, flow].map(({ asked }) => asked),
        ['bottle', 'CLASS', 'nut', 'pill', 'screw'],
      )
      assert.equal(anomalyOf(second.sent).model.className, 'pill')
    })

    it('refuses what is no text, without troubling the engine, and goes on', async () => {
      const made = setUp({ class: 'kind', classType: 'msg' })
      for (const kind of [undefined, null, '', ' ', 7, true, {}, ['nut'], Buffer.from('nut')]) {
        const { sent, error } = await deliver(made.node, { payload: PNG, kind } as object as Message)
        assert.ok(isCodedError(error, 'NODE_PROPERTY'), String(kind))
        assert.deepEqual(sent, [])
      }
      assert.equal(made.jobs.length, 0)
      assert.equal((await through(made, { kind: 'nut' })).error, undefined)
    })

    it('passes on that the model has no such class, and goes on', async () => {
      const made = setUp({ class: 'kind', classType: 'msg' })
      const unknown = deliver(made.node, { payload: PNG, kind: 'anvil' } as object as Message)
      await answerAll(made.jobs, codedError('MODEL_CLASS', 'x'))
      const { sent, error } = await unknown
      assert.deepEqual(sent, [])
      assert.ok(isCodedError(error, 'MODEL_CLASS'))
      assert.equal((await through(made, { kind: 'nut' })).error, undefined)
    })

    it('refuses another kind of property', async () => {
      const { node } = setUp({ class: 'nut', classType: 'jsonata' })
      const { error } = await deliver(node, { payload: PNG } as object as Message)
      assert.ok(isCodedError(error, 'NODE_CONFIG'))
    })
  })

  describe('with a view', () => {
    const VIEWED = {
      key: '1a2b3c4d',
      rotation: 0,
      rule: 'max',
      share: 1,
      columns: 2,
      rows: 1,
      tiles: [{ bbox: [0, 0, 2, 3], score: 0.75 }],
    } as const

    /** The view that is asked for, for an image of this message. */
    const asked = async (made: ReturnType<typeof setUp>, msg: object) => {
      const delivery = deliver(made.node, { payload: PNG, ...msg })
      await settle()
      const { request, resolve } = made.jobs.at(-1)!
      resolve(request.view === undefined ? RESULT : { ...RESULT, view: VIEWED })
      return { ...(await delivery), view: request.view }
    }

    it('asks for none in a flow saved before there were any, nor where nothing is set', async () => {
      for (const config of [
        {},
        { tiles: '', overlap: '10%', tileScore: 'max', rotation: '0', views: [], view: '' },
      ]) {
        const { sent, view } = await asked(setUp(config), { view: { rotation: 90 } })
        assert.equal(view, undefined)
        assert.ok(!('view' in anomalyOf(sent)))
      }
    })

    it('asks for what is set, and passes on how the image was inspected', async () => {
      const config = {
        tiles: '3x2',
        overlap: '20 %',
        tileScore: 'top-2',
        rotation: '90',
        region: '0,0,50%,100%',
        ignore: '1,2,3,4; 0,0,9,0,9,9',
      }
      const { sent, view } = await asked(setUp(config), {})
      assert.deepEqual(view, {
        rotation: 90,
        region: [[0, 0, '50%', '100%']],
        ignore: [
          [1, 2, 3, 4],
          [0, 0, 9, 0, 9, 9],
        ],
        tiles: { columns: 3, rows: 2, overlap: '20%' },
        score: 'top-2',
      })
      assert.deepEqual(anomalyOf(sent).view, VIEWED)
    })

    it("lets a source's own fields count, the others as for all", async () => {
      const made = setUp({
        tiles: '518',
        region: '0,0,9,9',
        views: [
          { source: 'cam/2', tiles: '2x2', rotation: '180', region: '', ignore: '', ignoreMask: '' },
          { source: 'cam/3', tiles: 'none', rotation: '', region: '5,5,5,5' },
        ],
      })
      const tiles = { size: 518, overlap: '10%' }
      assert.deepEqual((await asked(made, { topic: 'cam/1' })).view, { region: [[0, 0, 9, 9]], tiles })
      assert.deepEqual((await asked(made, { topic: 'cam/2' })).view, {
        rotation: 180,
        region: [[0, 0, 9, 9]],
        tiles: { columns: 2, rows: 2, overlap: '10%' },
      })
      assert.deepEqual((await asked(made, { topic: 'cam/3' })).view, { region: [[5, 5, 5, 5]] })
    })

    it('can have none for one source although the node has one', async () => {
      const made = setUp({ tiles: '2x2', views: [{ source: 'cam/2', tiles: 'none' }] })
      assert.equal((await asked(made, { topic: 'cam/2' })).view, undefined)
      assert.ok((await asked(made, { topic: 'cam/1' })).view)
    })

    it("takes the message's own in place of it where it has one, also none at all", async () => {
      const made = setUp({ tiles: '2x2', view: 'part.view', viewType: 'msg' })
      const own = { rotation: 270, region: '0,0,5,5' }
      assert.deepEqual((await asked(made, { part: { view: own } })).view, {
        rotation: 270,
        region: [[0, 0, 5, 5]],
      })
      assert.equal((await asked(made, { part: { view: {} } })).view, undefined)
      for (const msg of [{}, { part: {} }])
        assert.deepEqual((await asked(made, msg)).view?.tiles, { columns: 2, rows: 2, overlap: '10%' })
    })

    it('refuses a message whose view cannot be meant, without troubling the engine, and goes on', async () => {
      const made = setUp({ view: 'view', viewType: 'msg' })
      for (const view of ['tiles', 7, { roi: 1 }, { rotation: 45 }, { ignoreMask: '/etc/passwd' }]) {
        const { sent, error } = await deliver(made.node, { payload: PNG, view } as object as Message)
        assert.ok(isCodedError(error, 'IMAGE_VIEW'), JSON.stringify(view))
        assert.deepEqual(sent, [])
      }
      assert.equal(made.jobs.length, 0)
      assert.equal((await asked(made, { view: { rotation: 90 } })).error, undefined)
    })

    it('reads a mask when it is deployed, relative to the user folder', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'anomalyclip-infer-'))
      try {
        await writeFile(join(folder, 'mask.png'), PNG)
        const made = setUp({ ignoreMask: 'mask.png' }, undefined, folder)
        await rm(join(folder, 'mask.png'))
        assert.deepEqual((await asked(made, {})).view, { ignoreMask: new Uint8Array(PNG) })
      } finally {
        await rm(folder, { recursive: true })
      }
    })

    it('is a wrong configuration where a field cannot be meant, and says whose', async () => {
      for (const [config, told] of [
        [{ tiles: '3 by 2' }, /tiles/],
        [{ tiles: '2x2', overlap: '90%' }, /overlap/],
        [{ tiles: '2x2', tileScore: 'median' }, /score/],
        [{ rotation: '45' }, /rotation/],
        [{ region: '1,2,3' }, /region/],
        [{ ignoreMask: '/nowhere/mask.png' }, /nowhere/],
        [{ views: {} }, /views/],
        [{ views: [{ source: '' }] }, /without a source/],
        [{ views: [{ source: 'a' }, { source: 'a' }] }, /two rows for "a"/],
        [{ views: [{ source: 'cam/9', region: 'all' }] }, /"cam\/9".*region/],
      ] as const) {
        const { node } = setUp(config)
        assert.equal(node.statuses.at(-1)?.fill, 'red')
        const { error } = await deliver(node, { payload: PNG } as object as Message)
        assert.ok(isCodedError(error, 'NODE_CONFIG'), JSON.stringify(config))
        assert.match(error.message, told)
      }
    })
  })

  describe('with retained images', () => {
    const logOf = (node: FakeNode): string[] => {
      const log: string[] = []
      Object.assign(node, { log: (text: string) => void log.push(text) })
      return log
    }

    it('inspects them and says so, also in a flow saved before there was a choice', async () => {
      for (const config of [{}, { retained: 'inspect' }]) {
        const { node, jobs } = setUp(config)
        const retained = await infer(node, jobs, { payload: PNG, retain: true })
        assert.deepEqual(anomalyOf(retained.sent).image, { ...RESULT.image, retained: true })
        const fresh = await infer(node, jobs, { payload: PNG, retain: false })
        assert.deepEqual(anomalyOf(fresh.sent).image, RESULT.image)
      }
    })

    it('leaves them out where that is chosen, and says once how many', async () => {
      const { node, jobs } = setUp({ retained: 'skip' })
      const log = logOf(node)
      for (let i = 0; i < 3; i++) {
        const { sent, error } = await deliver(node, { payload: PNG, retain: true } as object as Message)
        assert.deepEqual([sent, error], [[], undefined])
      }
      const fresh = await infer(node, jobs, { payload: PNG })
      assert.equal(anomalyOf(fresh.sent).image.retained, undefined)
      assert.equal(jobs.length, 1)
      assert.deepEqual(log, [])
      await closeNode(node)
      assert.deepEqual(log, ['3 retained images not inspected'])
    })

    it('refuses another choice', async () => {
      const { node } = setUp({ retained: 'perhaps' })
      const { error } = await deliver(node, { payload: PNG } as object as Message)
      assert.ok(isCodedError(error, 'NODE_CONFIG'))
    })
  })
})
