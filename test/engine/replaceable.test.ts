import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, EngineOptions, EngineStatus, Inference, ModelFacts } from '../../engine/index.ts'
import { replaceableEngine } from '../../engine/replaceable.ts'

/** An engine that answers when it is told to. */
const fakeEngine = (model: string) => {
  const ready = Promise.withResolvers<ModelFacts>()
  ready.promise.catch(() => {})
  const answers: ((answer: Inference) => void)[] = []
  const listeners = new Set<(status: EngineStatus) => void>()
  const facts = { name: model, method: 'anomalyclip', version: model, imageSize: 1 }
  let isClosed = false
  const engine: Engine = {
    model: facts,
    ready: ready.promise,
    infer: () => new Promise((resolve) => answers.push(resolve)),
    status: () => ({ state: isClosed ? 'closed' : 'ready', device: model }) as EngineStatus,
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      isClosed = true
      ready.reject(new Error('closed'))
    },
  }
  return {
    engine,
    load: () => ready.resolve(facts),
    refuse: (error: Error) => ready.reject(error),
    answer: () => answers.shift()?.({ model: facts } as unknown as Inference),
    tell: () => {
      for (const listener of listeners) listener(engine.status())
    },
    get isClosed() {
      return isClosed
    },
  }
}

describe('an engine whose model can be replaced', () => {
  const image = { image: { kind: 'encoded', data: new Uint8Array() } } as const
  let made: Record<string, ReturnType<typeof fakeEngine>>
  const start = ({ model }: EngineOptions): Engine => {
    const fake = fakeEngine(model)
    made[model] = fake
    return fake.engine
  }
  beforeEach(() => {
    made = {}
  })

  it('gives images to the present model until the new one is loaded, and closes it once it has answered them', async () => {
    const engine = replaceableEngine({ model: 'old' }, start)
    const replacing = engine.replace({ model: 'new' })
    const first = engine.infer(image)
    await sleep(0)
    made.new!.load()
    assert.equal((await replacing).name, 'new')
    assert.equal(engine.model?.name, 'new')
    const second = engine.infer(image)
    assert.equal(made.old!.isClosed, false)

    const order: string[] = []
    for (const one of [first, second]) void one.then(({ model }) => order.push(model.name))
    made.new!.answer()
    await sleep(0)
    assert.deepEqual(order, [], 'the results of the new model wait for those before')
    made.old!.answer()
    await sleep(0)
    assert.deepEqual(order, ['old', 'new'])
    assert.equal(made.old!.isClosed, true)
    assert.equal(made.new!.isClosed, false)
  })

  it('keeps the present model where the new one cannot be loaded', async () => {
    const engine = replaceableEngine({ model: 'old' }, start)
    const replacing = engine.replace({ model: 'new' })
    await sleep(0)
    made.new!.refuse(new Error('it fails its self-test'))
    await assert.rejects(replacing, /self-test/)
    assert.equal(made.new!.isClosed, true)
    assert.equal(engine.model?.name, 'old')
    const result = engine.infer(image)
    made.old!.answer()
    assert.equal((await result).model.name, 'old')
  })

  it('tells the status of the model in use, and of no other', async () => {
    const engine = replaceableEngine({ model: 'old' }, start)
    const told: (string | null)[] = []
    const unsubscribe = engine.onStatus(({ device }) => told.push(device))
    const replacing = engine.replace({ model: 'new' })
    await sleep(0)
    made.new!.tell()
    made.old!.tell()
    made.new!.load()
    await replacing
    made.old!.tell()
    made.new!.tell()
    assert.deepEqual(told, ['old', 'new', 'new'])
    unsubscribe()
    made.new!.tell()
    assert.equal(told.length, 3)
  })

  it('closes all models it holds, and replaces nothing any more', async () => {
    const engine = replaceableEngine({ model: 'old' }, start)
    const replacing = engine.replace({ model: 'new' })
    await sleep(0)
    await engine.close()
    await assert.rejects(replacing)
    assert.deepEqual([made.old!.isClosed, made.new!.isClosed], [true, true])
    await assert.rejects(engine.replace({ model: 'another' }), { code: 'ENGINE_CLOSED' })
  })
})
