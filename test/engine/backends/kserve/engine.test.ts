import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, type EngineOptions, type ServerOptions, startEngine } from '../../../../engine/index.ts'
import { buildModel } from '../../../../models/build.ts'
import { METHODS } from '../../../../models/methods/index.ts'
import { nanoModelDir } from '../../../../models/nano/location.ts'
import { readManifest } from '../../../../models/open.ts'
import { statusWhere } from '../../../support/engine/stub-engine.ts'
import { largestDifference } from '../../../support/golden.ts'
import { GOLDEN_METHODS } from '../../../support/golden-methods.ts'
import { type KserveServer, startKserveServer } from '../../../support/kserve/server.ts'
import type { Output } from '../../../support/kserve/tensors.ts'
import { sample } from '../../../support/samples.ts'

const nano = nanoModelDir()
const SAMPLES = ['nut-good.png', 'nut-bad-missing.png', 'leather-bad-perlin.png', 'gear-good.png']

/** Same graph, same library, another process: only the order of additions may differ. */
const DRIFT = 1e-5

const image = (file: string) => ({ image: { kind: 'encoded', data: sample(file) } as const })

describe('an engine with its model on a server', () => {
  let server: KserveServer
  let engine: Engine | undefined
  const start = (options: Partial<EngineOptions> = {}, further: Partial<ServerOptions> = {}): Engine => {
    engine = startEngine({ model: nano, server: { url: server.url, model: 'nano', ...further }, ...options })
    return engine
  }
  const code = (thrown: Promise<unknown>): Promise<string> =>
    thrown.then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
  beforeEach(async () => {
    server = await startKserveServer({ folder: nano, model: 'nano' })
  })
  afterEach(async () => {
    await engine?.close()
    engine = undefined
    await server.stop()
  })

  it('gives the scores and maps that this machine gives, and says where they are from', async () => {
    const here = startEngine({ model: nano })
    try {
      start()
      assert.equal((await engine!.ready).name, 'nano')
      for (const file of SAMPLES) {
        const [there, expected] = await Promise.all([engine!.infer(image(file)), here.infer(image(file))])
        assert.ok(Math.abs(there.score - expected.score) <= DRIFT)
        assert.ok(largestDifference(there.map.data, expected.map.data) <= DRIFT)
        assert.equal(there.device, `kserve ${server.url}`)
      }
    } finally {
      await here.close()
    }
  })

  it('gives the same where the server knows no binary tensors', async () => {
    server.faults.jsonOnly = true
    const { score } = await start().infer(image('nut-good.png'))
    server.faults.jsonOnly = false
    assert.ok(Math.abs(score - (await engine!.infer(image('nut-good.png'))).score) <= DRIFT)
  })

  it('sends what is taken as a batch as one request, and no more in one than the server takes', async () => {
    start({ batch: { maxImages: 4, maxWaitMs: 1000 } })
    await engine!.ready
    server.batches.length = 0
    await Promise.all(SAMPLES.map((file) => engine!.infer(image(file))))
    assert.deepEqual(server.batches, [4])
    await engine!.close()
    server.config = { max_batch_size: 3 }
    start({ batch: { maxImages: 4, maxWaitMs: 1000 } })
    await engine!.ready
    server.batches.length = 0
    const found = await Promise.all(SAMPLES.map((file) => engine!.infer(image(file))))
    assert.deepEqual(server.batches, [3, 1])
    assert.equal(new Set(found.map(({ score }) => score)).size, 4)
  })

  it('sends smaller batches where those are refused for their size, says why, and once only', async () => {
    const results = async () =>
      Promise.all(SAMPLES.map((file) => engine!.infer(image(file)))).then((found) => found.length)
    start({ batch: { maxImages: 4, maxWaitMs: 1000 } })
    await engine!.ready
    server.faults.maxBytes = 400_000
    // Once may be a want of memory that passes.
    for (let turn = 0; turn < 2; turn++) assert.equal(await results(), 4)
    const { smaller } = await statusWhere(engine!, (status) => status.smaller !== null)
    assert.equal(smaller?.images, 2)
    assert.match(smaller?.reason ?? '', /^ENGINE_INFERENCE: .*status 413.*make batches smaller/)
    server.batches.length = 0
    const before = server.requests.length
    assert.equal(await results(), 4)
    assert.deepEqual(server.batches, [2, 2])
    assert.equal(server.requests.slice(before).filter((asked) => asked.startsWith('POST')).length, 2)
    assert.equal(engine!.status().state, 'ready')
  })

  it('has as many requests under way as are given ahead, and one', async () => {
    start({ batch: { maxImages: 1, ahead: 2 } })
    await engine!.ready
    const go = Promise.withResolvers<void>()
    server.faults.waits = go.promise
    const results = [...SAMPLES, ...SAMPLES].map((file) => engine!.infer(image(file)))
    while (server.atOnce() < 3) await new Promise(setImmediate)
    assert.equal(engine!.status().running, 3)
    go.resolve()
    await Promise.all(results)
  })

  it('needs no graph in the model folder, and holds the other files to their sha256', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'light-'))
    try {
      await cp(nano, folder, { recursive: true, filter: (file) => !file.endsWith('.onnx') })
      const { score } = await start({ model: folder }).infer(image('nut-good.png'))
      assert.ok(score > 0)
      await engine!.close()
      await rm(join(folder, 'selftest.png'))
      assert.equal(await code(start({ model: folder }).ready), 'MODEL_CORRUPT')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses an int8 model, which a server might run together with images of others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'int8-'))
    try {
      await cp(nano, folder, { recursive: true })
      const manifest = { ...(await readManifest(nano)), precision: 'int8' }
      await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
      assert.equal(await code(start({ model: folder }).ready), 'ENGINE_OPTIONS')
      assert.equal(engine!.status().state, 'failed')
      assert.deepEqual(server.requests, [])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is away before the server is there, refuses images meanwhile, and serves once it is', async () => {
    await server.stop()
    start()
    assert.equal(await code(engine!.ready), 'ENGINE_SERVER_AWAY')
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SERVER_AWAY')
    await server.restart()
    await statusWhere(engine!, ({ state }) => state === 'ready')
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'done')
  })

  it('is away while the server is, and tests it before it serves again', async () => {
    start()
    await engine!.infer(image('nut-good.png'))
    await server.stop()
    const outage = await statusWhere(engine!, ({ state }) => state === 'away').then(
      ({ lastError }) => lastError,
    )
    assert.match(outage ?? '', /^ENGINE_SERVER_AWAY: .*127\.0\.0\.1/)
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SERVER_AWAY')
    server.batches.length = 0
    await server.restart()
    await statusWhere(engine!, ({ state }) => state === 'ready')
    assert.deepEqual(server.batches, [1, 1, 4])
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'done')
    assert.equal(engine!.status().restarts, 0)
  })

  it('tests a server that was started anew unseen before it hands out what that says', async () => {
    start()
    await engine!.infer(image('nut-good.png'))
    await server.stop()
    server.faults.outputs = offBy(0.05)
    await server.restart()
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SELF_TEST')
  })

  const offBy = (difference: number) => (outputs: Output[]) =>
    outputs.map((output) =>
      output.name === 'map'
        ? { ...output, values: output.values.map((value) => value + difference) }
        : output,
    )

  it('refuses to serve maps that are off, and serves once they are right', async () => {
    server.faults.outputs = offBy(0.05)
    start()
    assert.equal(await code(engine!.ready), 'ENGINE_SELF_TEST')
    assert.equal(engine!.status().state, 'away')
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SELF_TEST')
    server.faults.outputs = null
    await statusWhere(engine!, ({ state }) => state === 'ready')
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'done')
  })

  it('refuses to serve where the server gives every image of a batch what the first one has', async () => {
    server.faults.outputs = (outputs) =>
      outputs.map((output) => {
        const row = output.values.slice(0, output.values.length / output.shape[0]!)
        return { ...output, values: output.values.map((_, at) => row[at % row.length]!) }
      })
    start({ batch: { maxImages: 1 } })
    assert.equal(await code(engine!.ready), 'done', 'one by one it is right')
    await engine!.close()
    assert.equal(await code(start({ batch: { maxImages: 2 } }).ready), 'ENGINE_SELF_TEST')
  })

  it('hands out nothing of a new version that is off, though the one before it was right', async () => {
    start()
    await engine!.infer(image('nut-good.png'))
    server.version = '2'
    server.faults.outputs = offBy(0.05)
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SELF_TEST')
    assert.equal(engine!.status().state, 'away')
  })

  const faults: [string, (server: KserveServer) => void, string][] = [
    ['that is not ready', ({ faults }) => Object.assign(faults, { notReady: true }), 'ENGINE_SERVER_AWAY'],
    [
      'that is too busy',
      ({ faults }) => Object.assign(faults, { status: { code: 503 } }),
      'ENGINE_SERVER_AWAY',
    ],
    [
      'that resets connections',
      ({ faults }) => Object.assign(faults, { resets: Number.POSITIVE_INFINITY }),
      'ENGINE_SERVER_AWAY',
    ],
    ['that fails', ({ faults }) => Object.assign(faults, { status: { code: 500 } }), 'ENGINE_INFERENCE'],
    [
      'that answers with a page',
      ({ faults }) => Object.assign(faults, { status: { code: 200, body: '<html>' } }),
      'ENGINE_SERVER_REPLY',
    ],
    [
      'of another model',
      ({ faults }) => Object.assign(faults, { metadata: (found: object) => ({ ...found, inputs: [] }) }),
      'ENGINE_SERVER_MODEL',
    ],
    [
      'whose shapes are others than it says',
      ({ faults }) =>
        Object.assign(faults, {
          outputs: (found: Output[]) => found.map((output) => ({ ...output, shape: [9] })),
        }),
      'ENGINE_SERVER_REPLY',
    ],
  ]
  for (const [what, fault, expected] of faults)
    it(`names the fault of a server ${what}, and serves once it has passed`, async () => {
      const right = { ...server.faults }
      fault(server)
      start()
      assert.equal(await code(engine!.ready), expected)
      assert.ok(engine!.status().lastError?.startsWith(expected))
      Object.assign(server.faults, right)
      await statusWhere(engine!, ({ state }) => state === 'ready')
      assert.equal(await code(engine!.infer(image('nut-good.png'))), 'done')
    })

  it('goes on after a reset, without a word', async () => {
    start()
    await engine!.ready
    const before = server.requests.length
    server.faults.resets = 1
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'done')
    assert.ok(server.requests.length >= before + 2)
    assert.equal(engine!.status().state, 'ready')
  })

  it('goes on after a server had too much to do, without a word', async () => {
    start()
    await engine!.ready
    const before = server.requests.length
    server.faults.status = { code: 429, headers: { 'retry-after': '0' } }
    const result = code(engine!.infer(image('nut-good.png')))
    while (server.requests.length === before) await new Promise(setImmediate)
    server.faults.status = null
    assert.equal(await result, 'done')
    assert.equal(engine!.status().state, 'ready')
  })

  it('gives up on a server that does not answer in time, long before its process would be ended', async () => {
    start({}, { timeoutMs: 300 })
    await engine!.ready
    server.faults.hangs = true
    assert.equal(await code(engine!.infer(image('nut-good.png'))), 'ENGINE_SERVER_AWAY')
    assert.equal(engine!.status().restarts, 0)
  })

  it('says that a model is not there, and that nothing there speaks the protocol', async () => {
    assert.equal(await code(start({}, { model: 'other' }).ready), 'ENGINE_SERVER_MODEL')
    await engine!.close()
    assert.equal(await code(start({}, { version: '9' }).ready), 'ENGINE_SERVER_MODEL')
    await engine!.close()
    assert.equal(await code(start({}, { url: `${server.url}/elsewhere` }).ready), 'ENGINE_SERVER_REPLY')
    await engine!.close()
    assert.equal(await code(start({}, { version: '1' }).ready), 'done')
  })

  it('closes within its time while a server does not answer', async () => {
    start({ batch: { ahead: 1 } })
    await engine!.ready
    server.faults.hangs = true
    const result = code(engine!.infer(image('nut-good.png')))
    await statusWhere(engine!, ({ running }) => running === 1)
    await engine!.close()
    assert.equal(await result, 'ENGINE_CLOSED')
  })
})

describe('a server that closes connections that nobody has used for five seconds', () => {
  it('keeps them, and so costs no self-test an image', async () => {
    const server = await startKserveServer({ folder: nano, model: 'nano', keepAliveMs: 5000 })
    const engine = startEngine({
      model: nano,
      server: { url: server.url, model: 'nano' },
      batch: { ahead: 1, maxImages: 1 },
    })
    try {
      await engine.ready
      await new Promise((resolve) => setTimeout(resolve, 8000))
      await Promise.all(SAMPLES.map((file) => engine.infer(image(file))))
      assert.deepEqual(server.batches, [1, 1, 1, 1, 1])
    } finally {
      await engine.close()
      await server.stop()
    }
  })
})

describe('an engine with a token', () => {
  let server: KserveServer
  before(async () => {
    server = await startKserveServer({ folder: nano, model: 'nano', token: 'right-token' })
  })
  after(() => server.stop())
  const start = (token?: string) =>
    startEngine({ model: nano, server: { url: server.url, model: 'nano', ...(token && { token }) } })

  it('is let in with the right one, which nobody else on the machine can see', async function () {
    if (process.platform !== 'linux') this.skip()
    const engine = start('right-token')
    try {
      await engine.ready
      const { pid } = engine.status()
      for (const file of ['cmdline', 'environ'])
        assert.ok(!(await readFile(`/proc/${pid}/${file}`, 'utf8')).includes('right-token'))
    } finally {
      await engine.close()
    }
  })

  for (const token of ['wrong-token', undefined])
    it(`is told that it is not let in with ${token ?? 'none'}, and the token is not in the message`, async () => {
      const engine = start(token)
      try {
        await assert.rejects(engine.ready, (error: Error & { code: string }) => {
          assert.equal(error.code, 'ENGINE_SERVER_AUTH')
          assert.doesNotMatch(error.message, /wrong-token/)
          return true
        })
        assert.doesNotMatch(JSON.stringify(engine.status()), /wrong-token/)
      } finally {
        await engine.close()
      }
    })
})

describe('an engine with a model that takes class names, on a server', () => {
  const golden = GOLDEN_METHODS.find(({ method }) => method === 'winclip')!
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'classes-'))
    const { method, clip, extra, settings, classNames } = golden
    const { needs } = METHODS[method]
    const { features, ...others } = settings
    await buildModel({
      method,
      clip,
      ...(needs === null || extra === undefined ? {} : { [needs]: extra }),
      ...others,
      ...(features.length === 0 ? {} : { features }),
      classNames,
      output: folder,
    })
  })
  after(() => rm(folder, { recursive: true }))

  it('gives what this machine gives, for every class', async () => {
    const server = await startKserveServer({ folder, model: 'winclip' })
    const here = startEngine({ model: folder })
    const there = startEngine({ model: folder, server: { url: server.url, model: 'winclip' } })
    try {
      const data = await readFile(golden.image)
      const [first, second] = golden.classNames
      for (const className of [first!, second!]) {
        const request = { image: { kind: 'encoded', data }, className } as const
        const [a, b] = await Promise.all([here.infer(request), there.infer(request)])
        assert.ok(Math.abs(a.score - b.score) <= DRIFT)
        assert.ok(largestDifference(a.map.data, b.map.data) <= DRIFT)
        assert.equal(b.className, className)
      }
    } finally {
      await Promise.all([here.close(), there.close()])
      await server.stop()
    }
  })
})
