import assert from 'node:assert/strict'
import { createGraph, runGraph } from '../../../models/graph/index.ts'
import { anomalyMap } from '../../../models/methods/heads.ts'
import { Tensor } from '../../../models/onnxruntime.ts'

const mapOf = async (planes: number[][], side: number, size: number, sigma: number): Promise<number[]> => {
  const graph = createGraph()
  const grid = graph.input('grid', 'float32', ['N', planes.length, side, side])
  const map = anomalyMap(grid, size, sigma)
  const feeds = {
    grid: new Tensor('float32', Float32Array.from(planes.flat()), [1, planes.length, side, side]),
  }
  const { [map.name]: result } = await runGraph(graph, feeds, [map.name])
  return [...(result!.data as Float32Array)]
}

const close = (actual: number[], expected: number[]): void => {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) < 1e-6, `${i}: ${actual[i]} for ${value}`)
}

describe('anomalyMap', () => {
  it('is the mean over taps where the grid has the size of the map and nothing is smoothed', async () => {
    close(
      await mapOf(
        [
          [0, 1, 0, 1],
          [1, 1, 0, 0],
        ],
        2,
        2,
        0,
      ),
      [0.5, 1, 0, 0.5],
    )
  })

  it('smooths as SciPy does, the edge repeated', async () => {
    // scipy.ndimage.gaussian_filter(numpy.eye(1, 9).reshape(3, 3), sigma=0.5)
    const impulse = [1, 0, 0, 0, 0, 0, 0, 0, 0]
    const side = [0.89325, 0.1065, 0.00025]
    const smooth = await mapOf([impulse], 3, 3, 0.5)
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++)
        assert.ok(Math.abs(smooth[row * 3 + column]! - side[row]! * side[column]!) < 1e-3)
    assert.ok(Math.abs(smooth.reduce((a, b) => a + b, 0) - 1) < 1e-5)
  })

  it('keeps a constant map constant, however wide the Gaussian', async () => {
    for (const sigma of [0, 1, 4, 30])
      close(await mapOf([new Array<number>(9).fill(0.25)], 3, 12, sigma), new Array(144).fill(0.25))
  })
})
