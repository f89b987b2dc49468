import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  type Deployment,
  deploymentRecord,
  type Engine,
  type EngineOptions,
  type EngineStatus,
  modelFolder,
} from '../../../engine/index.ts'
import { codedError } from '../../../errors/index.ts'
import register from '../../../nodes/anomalyclip-model/anomalyclip-model.ts'
import { type Host, openHost } from '../../../nodes/anomalyclip-model/deployed.ts'
import { hostOf } from '../../../nodes/anomalyclip-model/host.ts'
import { closeNode, fakeRuntime } from '../fakes.ts'

/** An engine that loads the folders there are, and inspects nothing. */
const start = ({ model }: EngineOptions): Engine => {
  const facts = { name: basename(model), method: 'anomalyclip', version: '1', imageSize: 1 }
  const ready = existsSync(model)
    ? Promise.resolve(facts)
    : Promise.reject(codedError('MODEL_MISSING', `there is no ${model}`))
  ready.catch(() => {})
  return {
    model: facts,
    ready,
    infer: () => assert.fail('nobody asked'),
    status: () => ({ state: 'ready' }) as EngineStatus,
    onStatus: () => () => {},
    close: async () => {},
  }
}

describe('a model that is put into use in place of the chosen one', () => {
  let userDir: string
  let host: Host
  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'host-'))
    for (const model of ['chosen', 'line-1']) await mkdir(modelFolder(model, userDir), { recursive: true })
  })
  afterEach(async () => {
    await host.engine.close()
    await rm(userDir, { recursive: true })
  })

  const one: Deployment = { model: 'line-1', threshold: null }
  const open = (record = deploymentRecord(userDir, 'node', 'chosen')) => {
    host = openHost({ model: modelFolder('chosen', userDir) }, 'chosen', userDir, record, start)
    return host
  }

  it('runs at once and after a restart, until one goes back', async () => {
    open()
    await assert.rejects(async () => host.goBack(), { code: 'ENGINE_DEPLOYMENT' })
    assert.equal((await host.deploy(one)).folder, modelFolder('line-1', userDir))
    assert.deepEqual(await host.deploy({ ...one }), host.inUse())
    await host.engine.close()
    open()
    assert.deepEqual([host.inUse().reference, host.inUse().isChosen], ['line-1', false])
    await host.goBack()
    assert.equal((await host.goBack()).isChosen, true)
    assert.equal(host.inUse().reference, 'chosen')
  })

  it('goes back past those that were removed to make room', async () => {
    open()
    await mkdir(modelFolder('line-2', userDir))
    await mkdir(modelFolder('line-3', userDir))
    for (const model of ['line-1', 'line-2', 'line-3']) await host.deploy({ model, threshold: null })
    await rm(modelFolder('line-2', userDir), { recursive: true })
    assert.equal((await host.goBack()).reference, 'line-1')
    await host.deploy({ model: 'line-3', threshold: null })
    await rm(modelFolder('line-1', userDir), { recursive: true })
    assert.equal((await host.goBack()).isChosen, true)
  })

  it('leaves the present one where it is when it cannot be loaded, or that cannot be noted', async () => {
    open()
    await assert.rejects(host.deploy({ model: 'missing', threshold: null }), { code: 'MODEL_MISSING' })
    assert.equal(host.inUse().reference, 'chosen')
    await host.engine.close()
    open({ read: () => [], write: () => Promise.reject(new Error('no room')) })
    await assert.rejects(host.deploy(one), /no room/)
    assert.equal(host.inUse().reference, 'chosen')
    assert.equal(host.engine.model?.name, 'chosen')
  })

  it('is told to the editor', async () => {
    await deploymentRecord(userDir, 'node', 'chosen').write([one])
    const { RED, routes, make } = fakeRuntime({ userDir })
    register(RED)
    const route = routes.get('/anomalyclip/in-use/:id')
    assert.equal(route?.permission, 'anomalyclip.read')
    const told = async (id: string, model: string) => {
      const node = make('anomalyclip-model', { version: 1, model, id: 'node' })
      const answered = await new Promise((json) => route?.handler({ params: { id } }, { json }))
      if (node.errors.length === 0) host = hostOf(RED, 'node')
      await closeNode(node)
      return answered
    }
    assert.deepEqual(await told('node', 'chosen'), { model: 'line-1' })
    assert.equal(await told('nobody', 'chosen'), null)
    assert.equal(await told('node', 'line-1'), null, 'another choice counts again')
    await writeFile(join(userDir, 'anomalyclip/deployed/node.json'), '{')
    assert.equal(await told('node', 'chosen'), null)
    assert.throws(() => hostOf(RED, 'node'), { code: 'ENGINE_DEPLOYMENT' })
  })
})
