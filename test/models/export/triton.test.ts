import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../../engine/index.ts'
import { tritonConfig } from '../../../models/export/config.ts'
import { exportClient, exportTriton } from '../../../models/export/index.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { InferenceSession } from '../../../models/onnxruntime.ts'
import { readManifest } from '../../../models/open.ts'
import { startKserveServer } from '../../support/kserve/server.ts'
import { sample } from '../../support/samples.ts'

const nano = nanoModelDir()
const signal = new AbortController().signal

describe("Triton's configuration of a model", () => {
  const facts = { name: 'My "part"', version: 'abc', imageSize: 518, text: null }

  it('has batches made of all requests, without the first dimension, and the score as Triton wants it', () => {
    const config = tritonConfig(facts, { name: 'part', maxBatch: 16 })
    assert.deepEqual(config.split('\n').slice(1), [
      'name: "part"',
      'backend: "onnxruntime"',
      'max_batch_size: 16',
      'input [',
      '  { name: "image", data_type: TYPE_UINT8, dims: [ 518, 518, 3 ] }',
      ']',
      'output [',
      '  { name: "score", data_type: TYPE_FP32, dims: [ 1 ], reshape: { shape: [ ] } },',
      '  { name: "map", data_type: TYPE_FP32, dims: [ 518, 518 ] }',
      ']',
      'instance_group [',
      '  { count: 1, kind: KIND_AUTO }',
      ']',
      'dynamic_batching { }',
      'parameters: { key: "anomalyclip_version", value: { string_value: "abc" } }',
      '',
    ])
    // A name with quotation marks or line ends in it stays within its comment.
    assert.match(config, /^# Written by .*"My \\"part\\"", version abc\.\nname/)
  })

  it('keeps requests apart where the model takes class names, as text features are of a whole request', () => {
    const text: ModelManifest['text'] = {
      file: 'text.safetensors',
      dimension: 768,
      defaultClass: 'object',
      classNames: ['object'],
      prompts: null,
    }
    const config = tritonConfig({ ...facts, text }, { name: 'part', maxBatch: 16 })
    assert.match(config, /^max_batch_size: 0$/m)
    assert.match(config, /"image", data_type: TYPE_UINT8, dims: \[ -1, 518, 518, 3 \] \}/)
    assert.match(config, /"text", data_type: TYPE_FP32, dims: \[ 2, 768 \] \}/)
    assert.match(config, /"score", data_type: TYPE_FP32, dims: \[ -1 \] \}/)
    assert.match(config, /"map", data_type: TYPE_FP32, dims: \[ -1, 518, 518 \] \}/)
    assert.doesNotMatch(config, /dynamic_batching|reshape/)
  })

  it('fits the graph: Triton wants its first dimensions free, and the others as they are', async () => {
    const session = await InferenceSession.create(join(nano, 'model.onnx'))
    const shapes = [...session.inputMetadata, ...session.outputMetadata].flatMap((value) =>
      value.isTensor && ['image', 'score', 'map'].includes(value.name)
        ? [[value.name, value.type, typeof value.shape[0], ...value.shape.slice(1)]]
        : [],
    )
    assert.deepEqual(shapes, [
      ['image', 'uint8', 'string', 224, 224, 3],
      ['score', 'float32', 'string'],
      ['map', 'float32', 'string', 224, 224],
    ])
    await session.release()
  })
})

describe('a model that is exported for Triton', () => {
  let folder: string
  let output: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'triton-'))
    output = join(folder, 'models')
  })
  afterEach(() => rm(folder, { recursive: true }))
  const files = async () => (await readdir(output, { recursive: true })).sort()
  const nothingElse = async () => assert.deepEqual(await readdir(folder), ['models'])

  it('lies in its repository, whole, and runs on a server for clients that have no graph', async () => {
    assert.equal(await exportTriton(nano, { output, signal }), join(output, 'nano'))
    assert.deepEqual(await files(), [
      'nano',
      'nano/1',
      'nano/1/model.onnx',
      'nano/config.pbtxt',
      'nano/model.json',
    ])
    await nothingElse()
    const client = join(folder, 'client')
    await exportClient(nano, { output: client, signal })
    assert.deepEqual((await readdir(client)).sort(), ['model.json', 'selftest.map.npy', 'selftest.png'])

    const server = await startKserveServer({ folder: join(output, 'nano', '1'), model: 'nano' })
    const { version } = await readManifest(nano)
    server.config = { max_batch_size: 8, parameters: { anomalyclip_version: { string_value: version } } }
    const engine = startEngine({ model: client, server: { url: server.url, model: 'nano' } })
    try {
      const image = { kind: 'encoded', data: sample('nut-good.png') } as const
      assert.ok((await engine.infer({ image })).score < 0.5)
    } finally {
      await engine.close()
      await server.stop()
    }
  })

  it('stands beside others, and takes the place of an earlier export of its name alone', async () => {
    await exportTriton(nano, { output, name: 'a', signal })
    await writeFile(join(output, 'a', '1', 'old'), '')
    await mkdir(join(output, 'of-somebody-else', '3'), { recursive: true })
    await exportTriton(nano, { output, name: 'b', maxBatch: 2, signal })
    await exportTriton(nano, { output, name: 'a', signal })
    assert.deepEqual((await readdir(output)).sort(), ['a', 'b', 'of-somebody-else'])
    assert.deepEqual(await readdir(join(output, 'a', '1')), ['model.onnx'])
    assert.match(await readFile(join(output, 'b', 'config.pbtxt'), 'utf8'), /^max_batch_size: 2$/m)
    await assert.rejects(exportTriton(nano, { output, name: 'of-somebody-else', signal }), {
      code: 'MODEL_OPTIONS',
    })
    await nothingElse()
  })

  it('is refused where the folder is something else, or a file, which stay as they are', async () => {
    await mkdir(output)
    await writeFile(join(output, 'letter.txt'), 'dear')
    await assert.rejects(exportTriton(nano, { output, signal }), {
      code: 'MODEL_OPTIONS',
      message: /letter\.txt/,
    })
    assert.deepEqual(await files(), ['letter.txt'])
    await assert.rejects(exportTriton(nano, { output: join(output, 'letter.txt'), signal }), {
      code: 'MODEL_OUTPUT',
    })
    await assert.rejects(exportTriton(nano, { output: nano, signal }), { code: 'MODEL_OPTIONS' })
    await nothingElse()
  })

  it('is refused with a name that no folder or address can have', async () => {
    for (const name of ['..', 'a/b', '', '.hidden', 'a b'])
      await assert.rejects(exportTriton(nano, { output, name, signal }), { code: 'MODEL_OPTIONS' })
    assert.deepEqual(await readdir(folder), [])
  })

  it('is not written where its graph is damaged or missing, and nothing is left behind', async () => {
    const model = join(folder, 'm')
    await cp(nano, model, { recursive: true })
    const graph = await readFile(join(model, 'model.onnx'))
    graph[graph.length - 1]! ^= 1
    await writeFile(join(model, 'model.onnx'), graph)
    await assert.rejects(exportTriton(model, { output, signal }), { code: 'MODEL_CORRUPT' })
    await rm(join(model, 'model.onnx'))
    await assert.rejects(exportTriton(model, { output, signal }), {
      code: 'MODEL_CORRUPT',
      message: /is missing/,
    })
    assert.deepEqual(await readdir(folder), ['m'])
  })

  it('is refused in int8, where an image would be rounded with its neighbours in the batch', async () => {
    const model = join(folder, 'm')
    await cp(nano, model, { recursive: true })
    const manifest = { ...(await readManifest(nano)), precision: 'int8' }
    await writeFile(join(model, 'model.json'), JSON.stringify(manifest))
    const refusal = { code: 'MODEL_OPTIONS', message: /int8/ }
    await assert.rejects(exportTriton(model, { output, signal }), refusal)
    await assert.rejects(exportClient(model, { output: join(folder, 'client'), signal }), refusal)
    assert.deepEqual(await readdir(folder), ['m'])
  })

  it('is refused where it was compiled for a GPU, with the model to export in its place', async () => {
    const model = join(folder, 'm')
    await cp(nano, model, { recursive: true })
    const engine = {
      ...{ tensorrt: '10.9.0', gpu: 'Orin', computeCapability: '8.7', largestBatch: 4 },
      source: { name: 'nano-plain', version: 'abc' },
    }
    await writeFile(join(model, 'model.json'), JSON.stringify({ ...(await readManifest(nano)), engine }))
    const refusal = { code: 'MODEL_OPTIONS', message: /compiled.*"nano-plain" \(version abc\)/ }
    await assert.rejects(exportTriton(model, { output, signal }), refusal)
    await assert.rejects(exportClient(model, { output, signal }), refusal)
    assert.deepEqual(await readdir(folder), ['m'])
  })

  it('never takes the place of itself, or of another whole model', async () => {
    const model = join(folder, 'm')
    const inside = join(folder, 'm', 'deep')
    await cp(nano, model, { recursive: true })
    await cp(nano, inside, { recursive: true })
    await symlink(model, join(folder, 'link'))
    const before = await readdir(model)
    for (const [source, place, message] of [
      [model, model, /is the model itself/],
      [model, join(folder, 'link'), /is the model itself/],
      [inside, model, /holds the model/],
      [nano, model, /holds a whole model/],
    ] as const)
      await assert.rejects(exportClient(source, { output: place, signal }), {
        code: 'MODEL_OPTIONS',
        message,
      })
    assert.deepEqual(await readdir(model), before)
    // In a repository, a model's own folder has a name too.
    await writeFile(join(model, 'config.pbtxt'), '')
    await rm(join(folder, 'link'))
    await assert.rejects(exportTriton(model, { output: folder, name: 'm', signal }), {
      code: 'MODEL_OPTIONS',
      message: /is the model itself/,
    })
  })

  it('takes the place of an earlier export for clients', async () => {
    await exportClient(nano, { output, signal })
    await exportClient(nano, { output, signal })
    assert.deepEqual(await files(), ['model.json', 'selftest.map.npy', 'selftest.png'])
  })

  it('is not written when it is interrupted', async () => {
    await assert.rejects(exportTriton(nano, { output, signal: AbortSignal.abort() }))
    assert.deepEqual(await readdir(folder), [])
  })
})
