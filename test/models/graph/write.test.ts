import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGraph, DATA_FILE, type Graph, MODEL_FILE, writeGraph } from '../../../models/graph/index.ts'
import { matMul } from '../../../models/graph/ops/index.ts'
import { InferenceSession, Tensor } from '../../../models/onnxruntime.ts'

const producer = 'test'

describe('writeGraph', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'write-graph-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** y = x·W with W = 2·identity, next to a weight that nothing needs. */
  const doubling = (size: number): Graph => {
    const graph = createGraph()
    const w = graph.weight('w', [size, size], () => {
      const matrix = new Float32Array(size * size)
      for (let i = 0; i < size; i++) matrix[i * size + i] = 2
      return matrix
    })
    const unused = graph.weight('unused', [1], () => assert.fail('a weight that nothing needs was read'))
    const x = graph.input('x', 'float32', ['N', size])
    matMul(
      matMul(x, w),
      graph.weight('column', [size, 1], () => assert.fail('so was this one')),
    )
    assert.ok(unused)
    graph.output('y', matMul(x, w))
    return graph
  }

  const check = async (size: number) => {
    const session = await InferenceSession.create(join(folder, MODEL_FILE))
    const x = Float32Array.from({ length: 2 * size }, (_, i) => i)
    const { y } = await session.run({ x: new Tensor('float32', x, [2, size]) })
    await session.release()
    assert.deepEqual(
      y!.data,
      x.map((value) => 2 * value),
    )
    assert.deepEqual(y!.dims, [2, size])
  }

  it('writes small weights into the file itself and leaves out what no output needs', async () => {
    const files = await writeGraph(doubling(8), { folder, name: 'doubling', producer })
    assert.deepEqual(Object.keys(files), [MODEL_FILE])
    await check(8)
  })

  it('writes large weights beside it, at offsets that a host can map into memory', async () => {
    const size = 4200
    const files = await writeGraph(doubling(size), { folder, name: 'doubling', producer })
    assert.equal(files[DATA_FILE]!.bytes, size * size * 4)
    assert.ok((await stat(join(folder, MODEL_FILE))).size < 10_000)
    await check(size)
  })

  it('reports the size and sha256 of what lies on the disk', async () => {
    const { [MODEL_FILE]: facts } = await writeGraph(doubling(8), { folder, name: 'doubling', producer })
    const content = await readFile(join(folder, MODEL_FILE))
    assert.deepEqual(facts, {
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    })
  })

  it('refuses a weight that is not of the size it was declared with', async () => {
    const graph = createGraph()
    const x = graph.input('x', 'float32', ['N', 2])
    graph.output(
      'y',
      matMul(
        x,
        graph.weight('w', [2, 2], () => new Float32Array(3)),
      ),
    )
    await assert.rejects(
      writeGraph(graph, { folder, name: 'wrong', producer }),
      /"w" is declared \[2, 2\] and has 3/,
    )
  })
})
