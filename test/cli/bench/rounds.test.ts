import assert from 'node:assert/strict'
import type { VariantRun } from '../../../cli/bench/measure.ts'
import { measureRounds, msAnImage } from '../../../cli/bench/rounds.ts'
import { usualThreads, type Variant, variantsOf } from '../../../cli/bench/variants.ts'
import type { Chosen } from '../../../cli/evaluate/models.ts'
import { codedError } from '../../../errors/index.ts'

const model = (name: string) => ({ name }) as Chosen
const run = (ms: number): VariantRun => ({ readyMs: 1, inferMs: [ms], decodeMs: [1], peakMB: 1 })
const named = ({ model: { name }, threads, batch }: Variant) => `${name}${threads}x${batch}`

const setUp = () => {
  const order: string[] = []
  const watch = { signal: new AbortController().signal, onRun: () => {} }
  const variants = variantsOf([model('a')], { batches: [1, 4], threads: [1] })
  return { order, watch, variants }
}

describe('the variants of a model', () => {
  it('are batches on all cores, and single images on fewer threads', () => {
    const variants = variantsOf([model('a'), model('b')], { batches: [1, 4], threads: [1, 2] })
    assert.deepEqual(variants.map(named), ['a0x1', 'a0x4', 'a1x1', 'a2x1', 'b0x1', 'b0x4', 'b1x1', 'b2x1'])
  })

  it('have one thread and half of the cores, where those are fewer than all', () => {
    assert.deepEqual([1, 2, 4, 16].map(usualThreads), [[], [1], [1, 2], [1, 8]])
  })
})

describe('rounds of measurements', () => {
  it('go forwards and backwards in turn', async () => {
    const { order, watch, variants } = setUp()
    const measure = async (variant: Variant) => {
      order.push(named(variant))
      return run(order.length)
    }
    const results = await measureRounds(variants, 2, measure, watch)
    assert.deepEqual(order, ['a0x1', 'a0x4', 'a1x1', 'a1x1', 'a0x4', 'a0x1'])
    assert.deepEqual(results.map(msAnImage), [3.5, 3.5, 3.5])
  })

  it('measure the others when one fails, and do not try it again', async () => {
    const { order, watch, variants } = setUp()
    const measure = async (variant: Variant) => {
      order.push(named(variant))
      if (variant.batch === 4) throw codedError('ENGINE_CRASHED', 'no memory')
      return run(1)
    }
    const results = await measureRounds(variants, 2, measure, watch)
    assert.equal(order.filter((name) => name === 'a0x4').length, 1)
    assert.match(results[1]!.failure!, /ENGINE_CRASHED/)
    assert.deepEqual(results.map(msAnImage), [1, null, 1])
  })

  it('end with the signal, whatever the measurement then rejects with', async () => {
    const { watch, variants } = setUp()
    const controller = new AbortController()
    const measure = async () => {
      controller.abort(new Error('Ctrl-C'))
      throw codedError('ENGINE_CLOSED', 'x')
    }
    await assert.rejects(
      measureRounds(variants, 2, measure, { ...watch, signal: controller.signal }),
      /Ctrl-C/,
    )
  })
})
