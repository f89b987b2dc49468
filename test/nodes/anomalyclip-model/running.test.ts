import assert from 'node:assert/strict'
import type { EngineStatus } from '../../../engine/index.ts'
import { LEAST_TOLERANCE } from '../../../models/precision/tolerance.ts'
import register from '../../../nodes/anomalyclip-model/anomalyclip-model.ts'
import { runningOf } from '../../../nodes/anomalyclip-model/running.ts'
import { fakeRuntime } from '../fakes.ts'

const selfTest = { score: 1e-6, map: 3e-5, mapMean: 2e-6, tolerance: LEAST_TOLERANCE }
const passedOver = [{ device: 'tensorrt', reason: 'ENGINE_DEVICE: no libnvinfer' }] as const

/** A node with an engine that says so. */
const nodeWith = (status: Partial<EngineStatus>) => ({ host: () => ({ engine: { status: () => status } }) })

describe('what the dialog of anomalyclip-model says of a deployed model', () => {
  it('is its device, how near it is to its reference, and what was passed over', () => {
    const node = nodeWith({
      state: 'ready',
      step: null,
      device: 'cuda',
      loaded: { selfTest, passedOver },
      lastError: null,
    })
    const expected = { state: 'ready', step: null, device: 'cuda', selfTest, passedOver, error: null }
    assert.deepEqual(runningOf(node), expected)
  })

  it('is the reason where it has failed: by how much it is off, for one', () => {
    const lastError = 'ENGINE_SELF_TEST: on cuda the score is off by 0.3'
    const running = runningOf(
      nodeWith({ state: 'failed', step: null, device: null, loaded: null, lastError }),
    )
    assert.deepEqual([running?.selfTest, running?.error], [null, lastError])
  })

  it('is nothing of another node, or of one with a wrong configuration', () => {
    const broken = {
      host: () => {
        throw new Error('NODE_CONFIG: no model')
      },
    }
    for (const node of [null, { name: 'inject' }, broken]) assert.equal(runningOf(node), null)
  })

  it('is for those alone who may read', () => {
    const { RED, routes } = fakeRuntime({ userDir: '/user' })
    register(RED)
    assert.equal(routes.get('/anomalyclip/running/:id')?.permission, 'anomalyclip.read')
  })
})
