import assert from 'node:assert/strict'
import {
  type Arrival,
  arrivalsOf,
  capacityOf,
  runLine,
  type Time,
  throughEngine,
} from '../../../cli/bench/cameras.ts'
import type { Engine, ImageInput, Inference } from '../../../engine/index.ts'
import { codedError } from '../../../errors/index.ts'

const IMAGE: ImageInput = { kind: 'encoded', data: Uint8Array.of(1) }
const never = new AbortController().signal

/** The same numbers every time. */
const drawn = () => {
  let state = 1
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x80000000
  }
}

/** Time that passes only while somebody waits for it. */
const fakeTime = (): Time & { at: number } => ({
  at: 0,
  now() {
    return this.at
  },
  async until(at) {
    this.at = Math.max(this.at, at)
  },
})

describe('images of simulated cameras', () => {
  it('come as many a second as asked for, from all cameras equally', () => {
    for (const cameras of [1, 4, 16]) {
      const arrivals = arrivalsOf({ cameras, perSecond: 40, seconds: 30 }, drawn())
      assert.ok(Math.abs(arrivals.length - 1200) <= cameras, `${cameras}: ${arrivals.length}`)
      const counts = Array.from(
        { length: cameras },
        (_, camera) => arrivals.filter((arrival) => arrival.camera === camera).length,
      )
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts))
    }
  })

  it('come in the order of their times, each within a quarter of its period of when it was due', () => {
    const arrivals = arrivalsOf({ cameras: 2, perSecond: 20, seconds: 10 }, drawn())
    for (const [index, { at }] of arrivals.entries()) assert.ok(at >= (arrivals[index - 1]?.at ?? 0))
    const own = arrivals.filter(({ camera }) => camera === 0).map(({ at }) => at)
    const period = 100
    const steps = own.slice(1).map((at, index) => at - own[index]!)
    assert.ok(steps.every((step) => step >= period / 2 && step <= (3 * period) / 2))
    assert.ok(new Set(steps).size > 50, 'with jitter')
  })

  it('come once at least, however slow the line is', () => {
    assert.equal(arrivalsOf({ cameras: 3, perSecond: 0.01, seconds: 1 }, drawn()).length, 3)
  })
})

describe('a line of cameras', () => {
  const arrivals: Arrival[] = [
    { at: 0, camera: 0 },
    { at: 10, camera: 1 },
    { at: 20, camera: 0 },
  ]

  it('names its cameras as sources, and counts the time of an image from when it was due', async () => {
    const time = fakeTime()
    const sources: (string | undefined)[] = []
    const engine: Pick<Engine, 'infer'> = {
      infer: async ({ source }) => {
        sources.push(source)
        // The second call holds everything up, as a busy machine would; the third image is due meanwhile.
        time.at += sources.length === 2 ? 100 : 5
        return {} as Inference
      },
    }
    const run = await runLine(throughEngine(engine, null), [IMAGE], arrivals, never, time)
    assert.deepEqual(sources, ['camera-1', 'camera-2', 'camera-1'])
    assert.deepEqual(run.dropped, [0, 0])
    assert.equal(run.latencies[0]!.length, 2)
    assert.ok(run.latencies[0]![1]! >= 90, 'waiting to be sent is part of it')
  })

  it('counts what the queue gives up for its camera', async () => {
    let calls = 0
    const engine: Pick<Engine, 'infer'> = {
      infer: async () => {
        calls += 1
        if (calls === 2) throw codedError('ENGINE_DROPPED', 'x')
        return {} as Inference
      },
    }
    const run = await runLine(throughEngine(engine, null), [IMAGE], arrivals, never, fakeTime())
    assert.deepEqual(run.dropped, [0, 1])
    assert.deepEqual(
      run.latencies.map(({ length }) => length),
      [2, 0],
    )
  })

  it('ends with what else goes wrong, and with the signal', async () => {
    const failing: Pick<Engine, 'infer'> = {
      infer: async () => Promise.reject(codedError('IMAGE_DAMAGED', 'x')),
    }
    await assert.rejects(runLine(throughEngine(failing, null), [IMAGE], arrivals, never, fakeTime()), {
      code: 'IMAGE_DAMAGED',
    })
    const signal = AbortSignal.abort(new Error('stopped'))
    await assert.rejects(
      runLine(throughEngine(failing, null), [IMAGE], arrivals, signal, fakeTime()),
      /stopped/,
    )
  })
})

describe('what a machine can do', () => {
  it('is measured with as many images under way as asked for, each of them once', async () => {
    let underWay = 0
    let most = 0
    const seen: ImageInput[] = []
    const images = [1, 2, 3].map((byte): ImageInput => ({ kind: 'encoded', data: Uint8Array.of(byte) }))
    const engine: Pick<Engine, 'infer'> = {
      infer: async ({ image }) => {
        underWay += 1
        most = Math.max(most, underWay)
        seen.push(image)
        await new Promise((resolve) => setTimeout(resolve, 2))
        underWay -= 1
        return {} as Inference
      },
    }
    assert.ok((await capacityOf(throughEngine(engine, null), images, { inFlight: 3, seconds: 0 })) > 0)
    assert.equal(most, 3)
    assert.deepEqual(seen, images)
  })
})
