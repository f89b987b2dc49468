import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, withLargestBatch } from '../../engine/backends/index.ts'
import { startEngine } from '../../engine/index.ts'
import { asCompiledError, checkCompiled } from '../../engine/process/compiled.ts'
import { codedError, isCodedError } from '../../errors/index.ts'
import type { ManifestEngine, ModelManifest } from '../../models/manifest.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { engineWrapper } from '../../models/tensorrt/ep-context.ts'
import { machineOf, ORIN, type Stage } from '../support/machines.ts'

const ENGINE: ManifestEngine = {
  tensorrt: '10.3.0',
  gpu: 'Orin',
  computeCapability: '8.7',
  largestBatch: 2,
  source: { name: 'my-model', version: '0123456789ab' },
}
const compiledFor = (changes: Partial<ManifestEngine> = {}) =>
  ({ name: 'my-model-tensorrt', engine: { ...ENGINE, ...changes } }) as ModelManifest

describe('a compiled model', () => {
  const check = (stage: Stage, engine: Partial<ManifestEngine> = {}) =>
    checkCompiled(compiledFor(engine), 'tensorrt', machineOf(stage))
  const refused = (message: RegExp) => ({ code: 'MODEL_GPU', message })

  it('is taken on the machine that it was compiled on', async () => {
    await check(ORIN)
  })

  it('is refused with another TensorRT, with the command that compiles it again', async () => {
    await assert.rejects(
      check(ORIN, { tensorrt: '10.9.0' }),
      refused(/TensorRT 10\.9\.0, and here is TensorRT 10\.3\.0\. .*anomalyclip engine my-model$/),
    )
  })

  it('is refused on another GPU, with the command that compiles it again', async () => {
    const commands = { 'nvidia-smi': 'NVIDIA L4, 550.54.15, 8.9, 23034 MiB\n' }
    await assert.rejects(check({ commands }), refused(/compute capability 8\.7 \(Orin\), and here is 8\.9/))
  })

  it('is taken where one of several GPUs is the right one', async () => {
    const commands = { 'nvidia-smi': 'A, 550, 8.9, 1 MiB\nB, 550, 8.7, 1 MiB\n' }
    await check({ commands })
  })

  it('is left to TensorRT and the self-test where the machine, or the compiler, did not say', async () => {
    await check({})
    await check(ORIN, { tensorrt: null, computeCapability: null })
  })

  it('is not for the CPU or CUDA', async () => {
    for (const device of ['cpu', 'cuda'] as const)
      await assert.rejects(
        checkCompiled(compiledFor(), device, machineOf(ORIN)),
        refused(/device tensorrt, or the model "my-model"/),
      )
  })

  it('that TensorRT itself does not take says what to do; a missing library stays what it is', () => {
    const told = (message: string) => asCompiledError(compiledFor(), codedError('ENGINE_DEVICE', message))
    assert.ok(
      isCodedError(told('TensorRT EP could not deserialize engine from cache: model.engine'), 'MODEL_GPU'),
    )
    assert.ok(isCodedError(told('Failed to load shared library'), 'ENGINE_DEVICE'))
  })

  describe('in a folder', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'compiled-'))
      await cp(nanoModelDir(), folder, { recursive: true })
      const side = 224
      const graph = engineWrapper({
        inputs: [{ name: 'image', type: 'uint8', shape: ['N', side, side, 3] }],
        outputs: [
          { name: 'score', type: 'float32', shape: ['N'] },
          { name: 'map', type: 'float32', shape: ['N', side, side] },
        ],
        engine: 'model.engine',
        source: 'model.onnx',
        tensorrt: null,
        computeCapability: null,
        producer: 'test',
      })
      const plan = Buffer.from('no engine that anybody compiled')
      await writeFile(join(folder, 'model.onnx'), graph)
      await writeFile(join(folder, 'model.engine'), plan)
      const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as ModelManifest
      const factsOf = (bytes: Uint8Array) => ({
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })
      const files = { ...manifest.files, 'model.onnx': factsOf(graph), 'model.engine': factsOf(plan) }
      const engine = { ...ENGINE, tensorrt: null, computeCapability: null }
      await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, files, engine }))
    })
    afterEach(() => rm(folder, { recursive: true }))

    const failure = async (device: 'cpu' | 'tensorrt') => {
      const engine = startEngine({ model: folder, device, threads: 1 })
      try {
        return await engine.ready.then(
          () => null,
          (error: unknown) => error,
        )
      } finally {
        await engine.close()
      }
    }

    it('is refused on the CPU by what it is, before onnxruntime looks at it', async () => {
      assert.ok(isCodedError(await failure('cpu'), 'MODEL_GPU'))
    })

    it('with a byte of its engine changed is refused like every other file', async () => {
      await writeFile(join(folder, 'model.engine'), 'no engine that anybody compilex')
      const error = await failure('tensorrt')
      assert.ok(isCodedError(error, 'MODEL_CORRUPT'), String(error))
      assert.match(error.message, /model\.engine/)
    })

    it('that does not say what it was compiled for is no model', async () => {
      const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as object
      for (const engine of [null, {}, { ...ENGINE, largestBatch: 0 }, { ...ENGINE, tensorrt: 10 }]) {
        await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, engine }))
        assert.ok(isCodedError(await failure('tensorrt'), 'MODEL_MANIFEST'), JSON.stringify(engine))
      }
    })
  })
})

describe('a backend for batches up to a number', () => {
  it('is given larger ones in parts, and answers in their order', async () => {
    const sizes: number[] = []
    const backend: Backend = {
      device: 'tensorrt',
      run: async (images) => {
        sizes.push(images.length)
        return images.map(([level]) => ({ score: level!, map: new Float32Array() }))
      },
      close: async () => {},
    }
    const images = [5, 4, 3, 2, 1].map((level) => Uint8Array.of(level))
    const predictions = await withLargestBatch(backend, 2).run(images, null)
    assert.deepEqual(
      predictions.map(({ score }) => score),
      [5, 4, 3, 2, 1],
    )
    assert.deepEqual(sizes, [2, 2, 1])
  })
})
