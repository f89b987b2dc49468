import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildModel } from '../../models/build.ts'
import { InferenceSession, Tensor } from '../../models/onnxruntime.ts'

const NANO = join(import.meta.dirname, '..', '..', 'models', 'nano')
const [SIDE, LAYERS, DPAM_LAYERS] = [224, 6, 5]

describe('the order in which onnxruntime computes a model', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Names of the nodes of `model.onnx`, as they ran. */
  const orderOf = async (model: string): Promise<string[]> => {
    const session = await InferenceSession.create(join(model, 'model.onnx'), {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    })
    const image = new Tensor('uint8', new Uint8Array(SIDE ** 2 * 3), [1, SIDE, SIDE, 3])
    await session.run({ image }, ['score', 'map'])
    session.endProfiling()
    await session.release()
    const file = (await readdir(folder)).find((name) => name.startsWith('profile'))!
    const events: { cat: string; name: string }[] = JSON.parse(await readFile(join(folder, file), 'utf8'))
    return events
      .filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'))
      .map(({ name }) => name)
  }

  for (const options of [
    { attention: 'fused' },
    { attention: 'plain' },
    { attention: 'fused', precision: 'fp16' },
  ] as const)
    it(`goes through the layers one by one, so that none's values wait for the end: ${Object.values(options).join(', ')}`, async () => {
      const output = join(folder, 'model')
      await buildModel({
        method: 'anomalyclip',
        clip: join(NANO, 'clip-nano.safetensors'),
        prompts: join(NANO, 'prompts-nano.pth'),
        imageSize: SIDE,
        dpamLayers: DPAM_LAYERS,
        features: [LAYERS],
        output,
        ...options,
      })
      const order = await orderOf(output)
      for (let layer = LAYERS - DPAM_LAYERS + 1; layer < LAYERS; layer++) {
        const values = order.findLastIndex((name) => name.startsWith(`visual/layer${layer}/dpam/`))
        // The layer behind it shares nothing with it, but the one behind that would only run ahead.
        const ahead = order.findIndex((name) => name.startsWith(`visual/layer${layer + 2}/`))
        assert.ok(values > 0 && (ahead < 0 || values < ahead), `layer ${layer}: ${values}, ${ahead}`)
      }
    })
})
