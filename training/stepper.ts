import { Tensor } from '../models/onnxruntime.ts'
import { type BatchItem, type BatchShape, batchFeeds } from './data/batch.ts'
import type { Learnt } from './learnt.ts'
import { openGraph, type SessionOptions } from './session.ts'
import type { StepGraph } from './step.ts'

/** What a step says of a batch. */
export interface StepResult {
  readonly losses: { readonly images: number; readonly maps: number | null }
  /** By parameter. */
  readonly gradients: ReadonlyMap<string, Float32Array>
}

/** The step of a training, loaded once for all batches. */
export interface Stepper {
  readonly run: (learnt: Learnt, items: readonly BatchItem[]) => Promise<StepResult>
  readonly close: () => Promise<void>
}

export const openStepper = async (
  { graph, losses, gradients }: StepGraph,
  shapes: ReadonlyMap<string, readonly number[]>,
  batch: BatchShape,
  options: SessionOptions,
): Promise<Stepper> => {
  const outputOf = (what: string, name: string): string => {
    const output = `${what} out`
    graph.output(output, graph.values.get(name)!)
    return output
  }
  const images = outputOf('images', losses.images)
  const maps = losses.maps === undefined ? null : outputOf('maps', losses.maps)
  const slopes = [...gradients].map(([name, value]) => [name, outputOf(name, value)] as const)
  const inputs = new Set(graph.inputs.map(({ name }) => name))
  const session = await openGraph(graph, options)
  return {
    run: async (learnt, items) => {
      const parameters = [...learnt].map(
        ([name, { value }]) => [name, new Tensor('float32', value, [...shapes.get(name)!])] as const,
      )
      const found = await session.run({
        ...Object.fromEntries(parameters),
        ...batchFeeds(items, batch, inputs),
      })
      const numbers = (name: string) => found[name]!.data as Float32Array
      return {
        losses: { images: numbers(images)[0]!, maps: maps === null ? null : numbers(maps)[0]! },
        gradients: new Map(slopes.map(([name, output]) => [name, numbers(output)])),
      }
    },
    close: session.close,
  }
}
