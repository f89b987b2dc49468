import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCodedError } from '../../../errors/index.ts'
import register from '../../../nodes/anomalyclip-model/anomalyclip-model.ts'
import { engineOf } from '../../../nodes/anomalyclip-model/host.ts'
import { type ModelConfig, readSettings } from '../../../nodes/anomalyclip-model/settings.ts'
import { fakeRuntime } from '../fakes.ts'

const configOf = (changes: object): ModelConfig =>
  ({ version: 1, model: '/models/a', ...changes }) as ModelConfig

describe('the settings of anomalyclip-model', () => {
  it('of a flow that only names a model are those of version 1', () => {
    assert.deepEqual(readSettings(configOf({}), {}, '/user'), {
      model: '/models/a',
      device: 'cpu',
      fallback: [],
      threads: 0,
      queue: { maxImages: 16, maxBytes: 256 * 1024 * 1024, policy: 'drop-oldest' },
      batch: { maxImages: 4, maxWaitMs: 0 },
      limits: { maxBytes: 32 * 1024 * 1024, maxPixels: 50_000_000 },
      jobTimeoutMs: 300_000,
    })
  })

  it('name the slower devices after the chosen one where that is allowed', () => {
    const fallbackOf = (device: string) =>
      readSettings(configOf({ device, fallback: 'next' }), {}, '/user').fallback
    assert.deepEqual(['tensorrt', 'cuda', 'cpu'].map(fallbackOf), [['cuda', 'cpu'], ['cpu'], []])
  })

  it('turn megabytes, megapixels and seconds into bytes, pixels and milliseconds', () => {
    const changes = { queueMegabytes: '1', maxMegabytes: '0.5', maxMegapixels: '1.5', jobTimeoutS: '2.5' }
    const { queue, limits, jobTimeoutMs } = readSettings(configOf(changes), {}, '/user')
    assert.equal(queue?.maxBytes, 1_048_576)
    assert.deepEqual(limits, { maxBytes: 524_288, maxPixels: 1_500_000 })
    assert.equal(jobTimeoutMs, 2500)
  })

  it('of a server are where it is, what it asks for and how much it gets, and no device of this machine', () => {
    const server = { device: 'kserve', serverUrl: ' https://triton:8000 ', serverModel: 'parts' }
    const least = readSettings(configOf(server), {}, '/user')
    assert.equal(least.device, undefined)
    assert.deepEqual(least.batch, { maxImages: 4, maxWaitMs: 0, ahead: 1 })
    assert.deepEqual(least.server, {
      url: 'https://triton:8000',
      model: 'parts',
      version: '',
      token: '',
      caFile: '',
      certFile: '',
      keyFile: '',
      timeoutMs: 30_000,
    })
    const most = { serverVersion: '3', serverCaFile: '/ca.pem', serverTimeoutS: '2.5', serverParallel: '4' }
    const found = readSettings(configOf({ ...server, ...most }), { serverToken: 'secret\n' }, '/user')
    const { version, caFile, timeoutMs, token } = found.server!
    assert.deepEqual([version, caFile, timeoutMs, token], ['3', '/ca.pem', 2500, 'secret'])
    assert.equal(found.batch?.ahead, 3)
  })

  it('of a server do not count while the device is one of this machine', () => {
    const changes = {
      device: 'cpu',
      serverUrl: 'http://triton:8000',
      serverModel: 'parts',
      serverParallel: '9',
    }
    const { server, batch } = readSettings(configOf(changes), { serverToken: 'secret' }, '/user')
    assert.deepEqual([server, batch], [undefined, { maxImages: 4, maxWaitMs: 0 }])
  })

  it('may keep only the newest image of each camera waiting', () => {
    assert.equal(
      readSettings(configOf({ dropPolicy: 'latest-only' }), {}, '/user').queue?.policy,
      'latest-only',
    )
  })

  it('are refused when a field is out of range, of no known choice or missing', () => {
    for (const changes of [
      { threads: '-1' },
      { device: 'abacus' },
      { device: 'kserve', serverModel: 'parts' },
      { device: 'kserve', serverUrl: 'http://triton:8000' },
      { device: 'kserve', serverUrl: 'http://a', serverModel: 'b', serverParallel: '0' },
      { fallback: 'abacus' },
      { dropPolicy: 'all' },
      { queueMegabytes: '5000' },
      { batchImages: '0' },
      { maxMegapixels: 'lots' },
      { model: '' },
      { version: 2 },
    ])
      assert.throws(
        () => readSettings(configOf(changes), {}, '/user'),
        (error) => isCodedError(error, 'NODE_CONFIG'),
        JSON.stringify(changes),
      )
  })
})

describe('anomalyclip-model', () => {
  it('with a wrong configuration tells every node that uses it what is wrong', () => {
    const { RED, make } = fakeRuntime({ userDir: '/user' })
    register(RED)
    const node = make('anomalyclip-model', { ...configOf({ model: '../elsewhere' }), id: 'model' })
    assert.equal(node.errors.length, 1)
    assert.throws(
      () => engineOf(RED, 'model'),
      (error) => isCodedError(error, 'MODEL_REFERENCE'),
    )
  })

  it('lists the models of the user folder to editors that may read them', async () => {
    const userDir = await mkdtemp(join(tmpdir(), 'user-'))
    try {
      const { RED, routes } = fakeRuntime({ userDir })
      register(RED)
      const route = routes.get('/anomalyclip/models')
      assert.equal(route?.permission, 'anomalyclip.read')
      const answer = await new Promise<{ name: string }[]>((resolve) => route?.handler({}, { json: resolve }))
      assert.deepEqual(
        answer.map(({ name }) => name),
        ['nano'],
      )
    } finally {
      await rm(userDir, { recursive: true })
    }
  })
})
