import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { buildModel } from '../../../models/build.ts'
import { MODEL_FILE } from '../../../models/graph/index.ts'
import { bytes, integer, message, text } from '../../../models/graph/protobuf.ts'
import { readFields } from '../../../models/graph/read-protobuf.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { InferenceSession, Tensor } from '../../../models/onnxruntime.ts'
import { openWhole } from '../../../models/open.ts'
import { type CompileOptions, compileModel } from '../../../models/tensorrt/compile.ts'
import { engineWrapper } from '../../../models/tensorrt/ep-context.ts'
import { readOnnx } from '../../../models/tensorrt/onnx-file.ts'
import { goldenFolder } from '../../support/golden.ts'
import { isAlive } from '../../support/processes.ts'
import { type Behaviour, standInTrtexec } from '../../support/trtexec.ts'

describe('a model that is compiled for TensorRT', () => {
  let folder: string
  let plain: string
  let manifest: ModelManifest
  const steps: string[] = []

  const build = (name: string, attention: 'plain' | 'fused') =>
    buildModel({
      method: 'anomalyclip',
      clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
      prompts: join(goldenFolder('tiny-b'), 'prompts.pth'),
      imageSize: 64,
      attention,
      output: join(folder, name),
    })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compile-'))
    plain = join(folder, 'plain')
    manifest = await build('plain', 'plain')
  })
  after(() => rm(folder, { recursive: true }))
  beforeEach(() => {
    steps.length = 0
  })

  const compile = async (options: Partial<CompileOptions> = {}, behaviour: Behaviour = 'compiles') =>
    compileModel({
      model: plain,
      output: join(folder, 'compiled'),
      trtexec: await standInTrtexec(folder, behaviour),
      largestBatch: 4,
      check: async () => {},
      signal: new AbortController().signal,
      onProgress: (step) => steps.push(step),
      ...options,
    })
  const called = async () =>
    JSON.parse(await readFile(join(folder, 'called'), 'utf8')) as { args: string[]; pid: number }
  /** Nothing of an attempt that failed: neither the folder nor an unfinished one. */
  const nothingIsLeft = async () =>
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('compiled')),
      [],
    )

  it('is a model folder like the other, which says what it was compiled for', async () => {
    const compiled = await compile()
    assert.deepEqual(await openWhole(join(folder, 'compiled')), compiled)
    const { engine, files, ...others } = compiled
    const { files: _files, ...source } = manifest
    assert.deepEqual(others, { ...source, name: 'compiled' })
    assert.deepEqual(engine, {
      tensorrt: '10.9.0',
      gpu: 'Orin',
      computeCapability: '8.7',
      largestBatch: 4,
      source: { name: 'plain', version: manifest.version },
    })
    assert.deepEqual(
      (await readdir(join(folder, 'compiled'))).toSorted(),
      ['model.json', ...Object.keys(files)].toSorted(),
    )
    assert.match(await readFile(join(folder, 'compiled/model.engine'), 'utf8'), /^engine of \d+ bytes$/)
    assert.deepEqual(steps, ['reading', 'compiling', 'checking'])
    await rm(join(folder, 'compiled'), { recursive: true })
  })

  it('is compiled for batches from one to the largest, and tuned for the largest', async () => {
    await compile({ largestBatch: 8 })
    const { args } = await called()
    assert.deepEqual(args.slice(2), [
      '--minShapes=image:1x64x64x3',
      '--optShapes=image:8x64x64x3',
      '--maxShapes=image:8x64x64x3',
      '--skipInference',
      // Without it TensorRT rounds fp32 products to TF32.
      '--noTF32',
    ])
    await rm(join(folder, 'compiled'), { recursive: true })
  })

  it('keeps the types of a graph with weights in fp16', async () => {
    const half = join(folder, 'half')
    const { files, ...others } = await build('half', 'plain')
    const file = await readFile(join(half, MODEL_FILE))
    // TensorProto of type float16 (10), named h, of two bytes: one weight more in a graph that is otherwise as it was.
    const weight = message(5, integer(2, 10), text(8, 'h'), bytes(9, Uint8Array.of(0, 0)))
    const changed = Buffer.concat(
      [...readFields(file)].flatMap(({ number, bytes: graph, whole }) =>
        number === 7 ? bytes(7, graph!, ...weight) : [whole],
      ),
    )
    await writeFile(join(half, MODEL_FILE), changed)
    const sha256 = createHash('sha256').update(changed).digest('hex')
    const facts = { ...files, [MODEL_FILE]: { bytes: changed.length, sha256 } }
    await writeFile(join(half, 'model.json'), JSON.stringify({ ...others, files: facts }))
    await compile({ model: half })
    assert.deepEqual((await called()).args.slice(-2), ['--skipInference', '--stronglyTyped'])
    await rm(join(folder, 'compiled'), { recursive: true })
  })

  it('is compiled from a graph with the two outputs that are read, which computes the same', async () => {
    const onnx = readOnnx(await readFile(join(plain, MODEL_FILE)))
    assert.deepEqual(
      onnx.outputs.map(({ name }) => name),
      ['patches', 'grid', 'score', 'map'],
    )
    const trimmed = await InferenceSession.create(onnx.withOutputs(['score', 'map']))
    assert.deepEqual(trimmed.outputNames, ['score', 'map'])
    const whole = await InferenceSession.create(join(plain, MODEL_FILE))
    const image = new Tensor(
      'uint8',
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i % 251),
      [1, 64, 64, 3],
    )
    const [a, b] = await Promise.all(
      [trimmed, whole].map((session) => session.run({ image }, ['score', 'map'])),
    )
    assert.deepEqual(a!.map!.data, b!.map!.data)
    assert.deepEqual(a!.score!.data, b!.score!.data)
  })

  it('of fused attention is refused before anything is compiled, with the way to build it', async () => {
    await build('fused', 'fused')
    await assert.rejects(compile({ model: join(folder, 'fused') }), {
      code: 'MODEL_COMPILE',
      message: /com\.microsoft\.MultiHeadAttention.*--attention plain/,
    })
    assert.deepEqual(steps, ['reading'])
    await nothingIsLeft()
  })

  it('of a folder with a changed file is refused', async () => {
    await build('changed', 'plain')
    const file = join(folder, 'changed', MODEL_FILE)
    const bytes = await readFile(file)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(file, bytes)
    await assert.rejects(compile({ model: join(folder, 'changed') }), { code: 'MODEL_CORRUPT' })
  })

  it('whose compiler fails leaves nothing, and says what the compiler said', async () => {
    await assert.rejects(compile({}, 'fails'), {
      code: 'MODEL_COMPILE',
      message: /status 1: .*\[E\] Error\[4\]: kernel weights/,
    })
    await nothingIsLeft()
  })

  it('whose compiler writes nothing, or is not there, leaves nothing', async () => {
    await assert.rejects(compile({}, 'writes nothing'), { code: 'MODEL_COMPILE', message: /wrote no engine/ })
    await assert.rejects(compile({ trtexec: join(folder, 'nowhere') }), {
      code: 'MODEL_COMPILE',
      message: /cannot be started.*ENOENT/,
    })
    await nothingIsLeft()
  })

  it('that is interrupted leaves nothing, and the compiler is ended', async () => {
    const controller = new AbortController()
    await rm(join(folder, 'called'), { force: true })
    const compiling = compile({ signal: controller.signal }, 'never ends')
    while (!existsSync(join(folder, 'called'))) await setTimeout(20)
    controller.abort()
    await assert.rejects(compiling, { name: 'AbortError' })
    await nothingIsLeft()
    const { pid } = await called()
    while (isAlive(pid)) await setTimeout(20)
  })

  it('never takes the place of the model that it is compiled from', async () => {
    await symlink(plain, join(folder, 'link'))
    for (const output of [plain, join(folder, 'link')]) {
      await assert.rejects(compile({ output }), { code: 'MODEL_OPTIONS', message: /is the model itself/ })
      assert.deepEqual(await openWhole(plain), manifest)
    }
  })

  it('that fails its check is not kept', async () => {
    const check = async () => {
      throw new Error('the map is off by 0.4')
    }
    await assert.rejects(compile({ check }), /off by 0\.4/)
    await nothingIsLeft()
  })

  it('cannot be compiled once more', async () => {
    await compile()
    await assert.rejects(compile({ model: join(folder, 'compiled'), output: join(folder, 'again') }), {
      code: 'MODEL_COMPILE',
      message: /compiled already, from the model "plain"/,
    })
  })
})

describe('the graph in front of a TensorRT engine', () => {
  const wrapper = engineWrapper({
    inputs: [{ name: 'image', type: 'uint8', shape: ['N', 64, 64, 3] }],
    outputs: [
      { name: 'score', type: 'float32', shape: ['N'] },
      { name: 'map', type: 'float32', shape: ['N', 64, 64] },
    ],
    engine: 'model.engine',
    source: 'model.onnx',
    tensorrt: '10.9.0',
    computeCapability: '8.7',
    producer: 'test',
  })

  it('has the inputs and outputs of the model, and one operator', () => {
    const { inputs, outputs, foreignOps } = readOnnx(wrapper)
    assert.deepEqual(inputs, [{ name: 'image', type: 'uint8', shape: ['N', 64, 64, 3] }])
    assert.deepEqual(
      outputs.map(({ name, shape }) => [name, shape]),
      [
        ['score', ['N']],
        ['map', ['N', 64, 64]],
      ],
    )
    assert.deepEqual(foreignOps, ['com.microsoft.EPContext'])
  })

  it('names the engine beside it, and writes compute capability 8.7 as onnxruntime compares it', () => {
    const text = Buffer.from(wrapper).toString('latin1')
    assert.match(text, /ep_cache_context.{1,8}model\.engine/s)
    assert.match(text, /hardware_architecture.{1,8}87/s)
    assert.match(text, /source.{1,8}TensorrtExecutionProvider/s)
    assert.match(text, /ep_sdk_version.{1,8}10\.9\.0/s)
  })

  it('is a graph that onnxruntime takes for valid, and keeps for TensorRT', async () => {
    await assert.rejects(
      InferenceSession.create(wrapper),
      /EPContext node generated by 'TensorrtExecutionProvider' is not compatible.*\[CPUExecutionProvider\]/,
    )
  })
})

describe('a file that is no ONNX file', () => {
  it('is told, wherever it ends', () => {
    const whole = engineWrapper({
      inputs: [{ name: 'image', type: 'uint8', shape: ['N', 8, 8, 3] }],
      outputs: [{ name: 'score', type: 'float32', shape: ['N'] }],
      engine: 'e',
      source: 's',
      tensorrt: null,
      computeCapability: null,
      producer: 'test',
    })
    assert.throws(() => readOnnx(Buffer.from('neither ONNX nor anything')), RangeError)
    assert.throws(() => readOnnx(new Uint8Array()), RangeError)
    // The last field says which operators there are, and is not needed to read the rest.
    for (let length = 1; length < whole.length - 40; length++)
      assert.throws(() => readOnnx(whole.subarray(0, length)), RangeError, `of ${length} bytes`)
  })
})
