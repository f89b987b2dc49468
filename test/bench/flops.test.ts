import assert from 'node:assert/strict'
import { flopsOf } from '../../bench/flops.ts'
import { clipTensors, VIT_L } from '../../bench/random-clip.ts'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { createGraph } from '../../models/graph/index.ts'
import { attention, type Formulation, matMul } from '../../models/graph/ops/index.ts'
import { METHODS, methodGraph } from '../../models/methods/index.ts'
import type { WeightsFile } from '../../models/weights/index.ts'

/** A published CLIP of which only the shapes are there. */
const shapesOfVitL = (): WeightsFile => {
  const shapes = new Map(clipTensors(VIT_L).map(([name, shape]) => [name, shape]))
  return {
    file: 'shapes',
    format: 'safetensors',
    names: () => [...shapes.keys()],
    has: (name) => shapes.has(name),
    info: (name) => ({ type: 'F16', shape: shapes.get(name)! }),
    read: () => assert.fail('no number is needed to count operations'),
    close: () => Promise.resolve(),
  }
}

const teraflop = (imageSize: number, formulation: Formulation): string => {
  const clip = shapesOfVitL()
  const dimensions = clipDimensions(clip)
  const files = { clip, dimensions, prompts: null, linear: null, activation: 'quickgelu' } as const
  const settings = {
    ...METHODS.anomalyclip.defaults(dimensions),
    ...({ imageSize, memoryLayers: [6, 12, 18], formulation, activation: 'quickgelu' } as const),
  }
  const graph = methodGraph(METHODS.anomalyclip, files, new Float32Array(2 * dimensions.embed), settings)
  return (flopsOf(graph, ['score', 'map']) / 1e12).toFixed(2)
}

describe('counting operations', () => {
  it('counts a multiplication and an addition for each number that a product meets', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', ['N', 5, 3])
    graph.output(
      'y',
      matMul(
        x,
        graph.weight('w', [3, 7], () => new Float32Array(21)),
      ),
    )
    assert.equal(flopsOf(graph, ['y']), 2 * 5 * 3 * 7)
  })

  it('counts attention alike in both formulations', () => {
    const count = (formulation: Formulation) => {
      const graph = createGraph()
      const x = graph.input('x', 'float32', ['N', 5, 128])
      graph.output('y', attention(x, x, x, { formulation }))
      return flopsOf(graph, ['y'])
    }
    assert.equal(count('fused'), 4 * 5 * 5 * 128)
    assert.equal(count('plain'), count('fused'))
  })

  it('counts nothing that no wanted output needs', () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', [4, 4])
    graph.output('read', matMul(x, x))
    graph.output('unread', matMul(matMul(x, x), x))
    assert.equal(flopsOf(graph, ['read']), 2 * 4 ** 3)
  })

  for (const formulation of ['fused', 'plain'] as const)
    it(`finds what a ViT-L costs at each size once what nobody reads is left out, ${formulation}`, () => {
      const sizes = [336, 392, 448, 518]
      assert.deepEqual(
        sizes.map((size) => teraflop(size, formulation)),
        ['0.42', '0.60', '0.82', '1.18'],
      )
    })
})
