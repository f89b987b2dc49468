import { type Graph, runGraph } from '../graph/index.ts'
import { Tensor } from '../onnxruntime.ts'
import { type ChannelRanges, type Observer, together } from './observe.ts'

/** An image that a build looks at. */
export interface BuildImage {
  readonly name: string
  /** uint8 [side, side, 3], RGB. */
  pixels(side: number): Promise<Uint8Array>
}

/** Images that go through a graph together: its weights are read once for them. More would cost memory, some 100 MB a ViT-L image. */
const TOGETHER = 2

export interface Seen {
  readonly score: number
  /** float32 [side, side] */
  readonly map: Float32Array
}

export interface LookOptions {
  readonly side: number
  /** Of the default class [2, D]; null for a graph without the input `text`. */
  readonly text: Float32Array | null
  readonly signal?: AbortSignal | undefined
  /** As `runGraph` has it; default: no. */
  readonly asServed?: boolean
  /** Called after so many more images. */
  readonly onImages?: (count: number) => void
}

/**
 * What a graph says of images, in their order, and what goes through the layers that an observer has seen in it.
 * @param observer of a graph that was built with its precision; null looks at results alone
 */
export const lookAt = async (
  graph: Graph,
  images: readonly BuildImage[],
  observer: Observer | null,
  { side, text, signal, asServed = false, onImages }: LookOptions,
): Promise<{ readonly seen: readonly Seen[]; readonly ranges: ReadonlyMap<string, ChannelRanges> }> => {
  const watched = [...(observer?.observed ?? [])].map(
    ([name, { values }]) => [name, [...values.values()]] as const,
  )
  const fetches = [
    'score',
    'map',
    ...watched.flatMap(([, values]) =>
      values.flatMap(({ low, high, square }) => [low.name, high.name, square.name]),
    ),
  ]
  const seen: Seen[] = []
  const found = new Map<string, ChannelRanges[]>()
  const shares: number[] = []
  for (let start = 0; start < images.length; start += TOGETHER) {
    const some = images.slice(start, start + TOGETHER)
    const pixels = await Promise.all(some.map((image) => image.pixels(side)))
    const results = await runGraph(
      graph,
      {
        image: new Tensor('uint8', Buffer.concat(pixels), [some.length, side, side, 3]),
        ...(text === null ? {} : { text: new Tensor('float32', text, [2, text.length / 2]) }),
      },
      fetches,
      { asServed, ...(signal === undefined ? {} : { signal }) },
    )
    const numbers = (name: string) => results[name]!.data as Float32Array
    for (const [index, score] of numbers('score').entries())
      seen.push({ score, map: numbers('map').slice(index * side * side, (index + 1) * side * side) })
    for (const [name, values] of watched) {
      const parts = values.map(({ low, high, square }) => ({
        low: numbers(low.name),
        high: numbers(high.name),
        square: numbers(square.name),
      }))
      const evenly = parts.map(() => 1 / parts.length)
      found.set(name, [...(found.get(name) ?? []), together(parts, evenly)])
    }
    shares.push(some.length / images.length)
    onImages?.(some.length)
  }
  return {
    seen,
    ranges: new Map([...found].map(([name, parts]) => [name, together(parts, shares)])),
  }
}
