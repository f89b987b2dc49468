import assert from 'node:assert/strict'
import { startEngine } from '../../engine/engine.ts'
import type { Device, EngineOptions } from '../../engine/index.ts'
import { firstUsable } from '../../engine/process/first-usable.ts'
import { codedError } from '../../errors/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { LEAST_TOLERANCE } from '../../models/precision/tolerance.ts'
import { fakeClock } from '../support/engine/fake-clock.ts'
import { fakeProcesses } from '../support/engine/fake-process.ts'

const model = nanoModelDir()

/** Opens on those alone that are named. */
const openOn =
  (...usable: Device[]) =>
  async (device: Device) => {
    if (usable.includes(device)) return `on ${device}`
    throw codedError('ENGINE_DEVICE', `no ${device} here`)
  }

describe('the devices that a model may run on', () => {
  it('are tried in their order, and the first that works is taken', async () => {
    assert.deepEqual(await firstUsable(['tensorrt', 'cuda', 'cpu'], openOn('cuda', 'cpu')), {
      opened: 'on cuda',
      passedOver: [{ device: 'tensorrt', reason: 'ENGINE_DEVICE: no tensorrt here' }],
    })
  })

  it('are all named with their reasons when none of them works', async () => {
    await assert.rejects(firstUsable(['tensorrt', 'cuda'], openOn()), {
      code: 'ENGINE_DEVICE',
      message:
        'ENGINE_DEVICE: no cuda here; passed over before: "tensorrt" (ENGINE_DEVICE: no tensorrt here)',
    })
  })

  it('without an order are one: its error comes as it is', async () => {
    await assert.rejects(firstUsable(['cuda'], openOn('cpu')), { message: 'ENGINE_DEVICE: no cuda here' })
  })
})

describe('an engine with a fallback', () => {
  it('says where it runs, what was passed over and why, and how near it is to the reference', async () => {
    const engine = startEngine({ model, threads: 1, device: 'tensorrt', fallback: ['cuda', 'cpu'] })
    try {
      await engine.ready
      const { device, loaded, step } = engine.status()
      assert.deepEqual([device, step], ['cpu', null])
      assert.deepEqual(
        loaded?.passedOver.map((one) => one.device),
        ['tensorrt', 'cuda'],
      )
      for (const { reason } of loaded?.passedOver ?? []) assert.match(reason, /^ENGINE_DEVICE: /)
      const { score, map, tolerance } = loaded!.selfTest
      assert.ok(score < 1e-4 && map < 1e-4, `${score}, ${map}`)
      assert.deepEqual(tolerance, LEAST_TOLERANCE)
    } finally {
      await engine.close()
    }
  })

  it('that is empty fails where the device cannot be used: nothing is passed over in silence', async () => {
    const engine = startEngine({ model, threads: 1, device: 'cuda' })
    try {
      await assert.rejects(engine.ready, { code: 'ENGINE_DEVICE' })
    } finally {
      await engine.close()
    }
  })

  it('of something that is no device is refused', async () => {
    const engine = startEngine({ model, fallback: ['abacus' as Device] })
    await assert.rejects(engine.ready, { code: 'ENGINE_OPTIONS', message: /fallback/ })
    await engine.close()
  })
})

describe('a driver that takes the inference process with it', () => {
  const setUp = (options: Partial<EngineOptions>) => {
    const time = fakeClock()
    const processes = fakeProcesses()
    const launch = { clock: time.clock, random: () => 0, launch: processes.launch }
    const engine = startEngine({ model: 'fake', ...options }, launch)
    const asked = () => {
      const { device, fallback } = processes.last().settings
      return [device, ...fallback]
    }
    return { ...time, ...processes, engine, asked }
  }

  it('costs its device its place, and the status says so', () => {
    const { engine, last, advance, asked } = setUp({ device: 'tensorrt', fallback: ['cuda', 'cpu'] })
    last().begin('reading')
    last().begin('loading', 'cuda')
    assert.equal(engine.status().step, 'loading')
    last().end({ signal: 'SIGSEGV' })
    advance(250)
    assert.deepEqual(asked(), ['tensorrt', 'cpu'])
    last().becomeReady('cpu', [{ device: 'tensorrt', reason: 'ENGINE_DEVICE: none' }])
    const { loaded, device } = engine.status()
    assert.equal(device, 'cpu')
    assert.deepEqual(
      loaded?.passedOver.map((one) => one.device),
      ['tensorrt', 'cuda'],
    )
    assert.match(loaded!.passedOver[1]!.reason, /SIGSEGV/)
  })

  it('keeps its place where no other device may be tried', () => {
    const { last, advance, asked } = setUp({ device: 'cuda' })
    last().begin('loading', 'cuda')
    last().end({ signal: 'SIGSEGV' })
    advance(250)
    assert.deepEqual(asked(), ['cuda'])
  })

  it('keeps its place when the process had served before it died', () => {
    const { last, advance, asked } = setUp({ device: 'cuda', fallback: ['cpu'] })
    last().begin('loading', 'cuda')
    last().becomeReady('cuda')
    last().end({ signal: 'SIGSEGV' })
    advance(250)
    assert.deepEqual(asked(), ['cuda', 'cpu'])
  })
})
