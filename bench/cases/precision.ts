/** Bare sessions of the same weights in several precisions, turn by turn, and the linear layers of one ViT-L block alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { INFERENCE, openSession } from '../../engine/backends/index.ts'
import { createGraph, MODEL_FILE, writeGraph } from '../../models/graph/index.ts'
import { Tensor } from '../../models/onnxruntime.ts'
import { FP32 } from '../../models/precision/fp32.ts'
import { int4 } from '../../models/precision/int4.ts'
import { int8 } from '../../models/precision/int8.ts'
import { NO_BALANCE, type Precision } from '../../models/precision/precision.ts'
import { openBare } from '../bare.ts'
import { alternating, caseArguments, msOf, settled } from '../measure.ts'

/** Those that run on a CPU as they are; fp16 is widened there. */
const CPU_PRECISIONS = ['fp32', 'int8', 'int4'] as const

/** ms of one image, or of the layers of one block, each */
export type PrecisionRound = Readonly<Record<(typeof CPU_PRECISIONS)[number], number>>

export interface PrecisionRounds {
  readonly whole: readonly PrecisionRound[]
  readonly layers: readonly PrecisionRound[]
}

const PRECISIONS: Readonly<Record<keyof PrecisionRound, Precision>> = {
  fp32: FP32,
  int8: int8(NO_BALANCE),
  int4: int4(NO_BALANCE),
}

/** Patches of 518 px and the class token. */
const TOKENS = 1370
const WIDTH = 1024

/** Query, key, value, out_proj, c_fc, c_proj: here one behind the other. */
const WIDTHS = [WIDTH, WIDTH, WIDTH, WIDTH, WIDTH, 4 * WIDTH, WIDTH]

const randomNumbers = (count: number, size: number): Float32Array => {
  let state = 0x2545f491
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state / 2 ** 31) * size
  })
}

const openLayers = async (precision: Precision): Promise<() => Promise<number>> => {
  const graph = createGraph()
  let y = graph.input('x', 'float32', [TOKENS, WIDTH])
  for (const [layer, outputs] of WIDTHS.slice(1).entries()) {
    const inputs = WIDTHS[layer]!
    y = precision.linear(y, {
      tensor: `w${layer}`,
      name: `w${layer}`,
      biasName: `b${layer}`,
      inputs,
      outputs,
      isBehindNorm: false,
      rows: async () => randomNumbers(outputs * inputs, Math.sqrt(3 / inputs)),
      bias: async () => new Float32Array(outputs),
    })
  }
  graph.output('y', y)
  const folder = mkdtempSync(join(tmpdir(), 'anomalyclip-bench-'))
  await writeGraph(graph, { folder, name: 'layers', producer: 'bench' })
  const session = await openSession(join(folder, MODEL_FILE), 'cpu', INFERENCE)
  rmSync(folder, { recursive: true })
  const x = new Tensor('float32', randomNumbers(TOKENS * WIDTH, 2), [TOKENS, WIDTH])
  return () => msOf(() => session.run({ x }))
}

/** The first round is warm-up and not kept. */
const inTurn = async (
  runs: Readonly<Record<keyof PrecisionRound, () => Promise<number>>>,
  rounds: number,
): Promise<PrecisionRound[]> => {
  const measured: PrecisionRound[] = []
  for (let round = -1; round < rounds; round++) {
    const ms = { fp32: 0, int8: 0, int4: 0 }
    for (const precision of alternating(CPU_PRECISIONS, round)) {
      await settled()
      ms[precision] = await runs[precision]()
    }
    if (round >= 0) measured.push(ms)
  }
  return measured
}

const each = async <T>(
  make: (precision: keyof PrecisionRound) => Promise<T>,
): Promise<Readonly<Record<keyof PrecisionRound, T>>> => ({
  fp32: await make('fp32'),
  int8: await make('int8'),
  int4: await make('int4'),
})

const { folders, image, rounds } = caseArguments<{
  folders: Readonly<Record<keyof PrecisionRound, string>>
  image: string
  rounds: number
}>()
const layers = await inTurn(await each((precision) => openLayers(PRECISIONS[precision])), 3 * rounds)
const whole = await inTurn(
  await each(async (precision) => {
    const session = await openBare(folders[precision])
    const pixels = await session.pixelsOf(image)
    return () => session.run(pixels)
  }),
  rounds,
)
console.log(JSON.stringify({ whole, layers } satisfies PrecisionRounds))
