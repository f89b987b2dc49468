import { coreCount } from '../cores.ts'
import { InferenceSession, type Tensor } from '../onnxruntime.ts'
import { type Constant, type Graph, type Node, neededNodes, type Value } from './graph.ts'
import { modelProto } from './onnx.ts'
import { ELEMENT_TYPES, elementsOf } from './tensor.ts'
import { loadConstant } from './write.ts'

/** Weights held at a time while a graph is run in slices: about one ViT-L layer. */
const SLICE_BYTES = 64 * 2 ** 20

interface Slice {
  readonly nodes: Node[]
  readonly constants: Map<string, Constant>
  bytes: number
}

/** Cuts nodes, in their order, into slices whose constants stay below SLICE_BYTES where a single node allows it. */
const cut = (graph: Graph, nodes: readonly Node[]): Slice[] => {
  const slices: Slice[] = []
  for (const node of nodes) {
    const constants = node.inputs.flatMap((name) => graph.constants.get(name) ?? [])
    const bytes = constants.reduce((sum, it) => sum + elementsOf(it.shape) * ELEMENT_TYPES[it.type].bytes, 0)
    let slice = slices.at(-1)
    if (slice === undefined || slice.bytes + bytes > SLICE_BYTES) {
      slice = { nodes: [], constants: new Map(), bytes: 0 }
      slices.push(slice)
    }
    slice.nodes.push(node)
    slice.bytes += bytes
    for (const constant of constants) slice.constants.set(constant.name, constant)
  }
  return slices
}

const runSlice = async (
  { nodes, constants }: Slice,
  inputs: readonly Value[],
  outputs: readonly Value[],
  feeds: Record<string, Tensor>,
  asServed: boolean,
): Promise<Readonly<Record<string, Tensor>>> => {
  const placed = await Promise.all(
    [...constants.values()].map(async (it) => [it, { inline: await loadConstant(it) }] as const),
  )
  const chunks = modelProto({
    name: 'slice',
    nodes,
    inputs,
    outputs,
    constants: placed,
    producer: 'anomalyclip',
  })
  const session = await InferenceSession.create(Buffer.concat(chunks), {
    logSeverityLevel: 3,
    intraOpNumThreads: coreCount(),
    // The fusions above it pay off in sessions that are kept, and some have kernels for float32 alone.
    graphOptimizationLevel: 'basic',
    // Used once: packing weights for speed would cost more memory and time than it saves.
    ...(asServed ? {} : { extra: { session: { disable_prepacking: '1' } } }),
  })
  try {
    return (await session.run(feeds)) as Readonly<Record<string, Tensor>>
  } finally {
    await session.release()
  }
}

export interface RunOptions {
  readonly signal?: AbortSignal
  /** Packs weights as a session that is kept does: MatMulNBits rounds its activations only then. */
  readonly asServed?: boolean
}

/**
 * Runs a graph on the CPU without holding all its weights at once: slice after slice, each a session of its own, with
 * the values that later slices need carried over. This is how constants are folded and how a model's self-test is made, in
 * bounded memory whatever the model's size.
 * @param fetches names of the values wanted
 */
export const runGraph = async (
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  fetches: readonly string[],
  { signal, asServed = false }: RunOptions = {},
): Promise<Record<string, Tensor>> => {
  const known: Record<string, Tensor> = { ...feeds }
  const slices = cut(graph, neededNodes(graph, fetches))
  for (const [index, slice] of slices.entries()) {
    signal?.throwIfAborted()
    const made = new Set(slice.nodes.flatMap((node) => node.outputs))
    const read = new Set(slice.nodes.flatMap((node) => node.inputs))
    const outside = [...read].filter((name) => name !== '' && !made.has(name) && !slice.constants.has(name))
    const later = new Set(
      slices.slice(index + 1).flatMap(({ nodes }) => nodes.flatMap((node) => node.inputs)),
    )
    const kept = [...made].filter((name) => later.has(name) || fetches.includes(name))
    const valueNamed = (name: string): Value => graph.values.get(name)!
    const fed = Object.fromEntries(outside.map((name) => [name, known[name]!]))
    Object.assign(known, await runSlice(slice, outside.map(valueNamed), kept.map(valueNamed), fed, asServed))
    for (const name of Object.keys(known)) if (!later.has(name) && !fetches.includes(name)) delete known[name]
  }
  return Object.fromEntries(fetches.map((name) => [name, known[name]!]))
}
