/** DPAM's two attentions over the same values, as two and as one with twice the heads, in both formulations, turn by turn. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { INFERENCE, openSession } from '../../engine/backends/index.ts'
import { createGraph, MODEL_FILE, type Value, writeGraph } from '../../models/graph/index.ts'
import { attention, concat, type Formulation, slice } from '../../models/graph/ops/index.ts'
import { Tensor } from '../../models/onnxruntime.ts'
import { alternating, caseArguments, msOf, settled } from '../measure.ts'

/** ms of both attentions of one layer */
export type JointRound = Readonly<Record<Formulation, { readonly two: number; readonly joint: number }>>

/** ViT-L at 518 px. */
const [TOKENS, WIDTH] = [1370, 1024]

const { rounds } = caseArguments<{ rounds: number }>()
const folder = mkdtempSync(join(tmpdir(), 'anomalyclip-bench-'))

const ways: Record<'two' | 'joint', (q: Value, k: Value, v: Value, formulation: Formulation) => Value[]> = {
  two: (q, k, v, formulation) => [attention(q, k, v, { formulation }), attention(v, v, v, { formulation })],
  joint: (q, k, v, formulation) => {
    const beside = (a: Value, b: Value) => concat([a, b], 2)
    return [attention(beside(q, v), beside(k, v), beside(v, v), { formulation })]
  },
}
const open = async (way: keyof typeof ways, formulation: Formulation) => {
  const graph = createGraph()
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', ['N', TOKENS, WIDTH])) as [
    Value,
    Value,
    Value,
  ]
  // A row is handed out, as copying all of them out would count as attention.
  for (const [i, y] of ways[way](q, k, v, formulation).entries()) graph.output(`y${i}`, slice(y, 1, 0, 1))
  await writeGraph(graph, { folder, name: 'joint', producer: 'bench' })
  const session = await openSession(join(folder, MODEL_FILE), 'cpu', INFERENCE)
  rmSync(join(folder, MODEL_FILE))
  const numbers = (seed: number) =>
    Float32Array.from({ length: TOKENS * WIDTH }, (_, i) => Math.sin(i * seed + (i >> 10)))
  const feeds = Object.fromEntries(
    ['q', 'k', 'v'].map((name, i) => [name, new Tensor('float32', numbers(0.7 + i / 3), [1, TOKENS, WIDTH])]),
  )
  return () => msOf(() => session.run(feeds))
}

try {
  const runs = {
    fused: { two: await open('two', 'fused'), joint: await open('joint', 'fused') },
    plain: { two: await open('two', 'plain'), joint: await open('joint', 'plain') },
  }
  const measured: JointRound[] = []
  // The first round is warm-up and not kept.
  for (let round = -1; round < rounds; round++) {
    const ms = { fused: { two: 0, joint: 0 }, plain: { two: 0, joint: 0 } }
    for (const formulation of ['fused', 'plain'] as const)
      for (const way of alternating(['two', 'joint'] as const, round)) {
        await settled()
        ms[formulation][way] = await runs[formulation][way]()
      }
    if (round >= 0) measured.push(ms)
  }
  console.log(JSON.stringify(measured))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
