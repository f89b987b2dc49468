import { balanceOf, type RoundingError } from './balance.ts'
import type { ChannelRanges, Observer } from './observe.ts'
import type { Balance } from './precision.ts'

/** Folded into a norm a balance costs nothing; as a product it costs a pass over the layer's input, so it must halve what is lost. */
const WORTH = { norm: 1, product: 0.5 } as const

/**
 * The balance of every layer that an observer has seen.
 * @param ranges by tensor, of the images that it is balanced for
 * @param read a tensor of CLIP's weights
 */
export const chooseBalance = async (
  observer: Observer,
  ranges: ReadonlyMap<string, ChannelRanges>,
  error: RoundingError,
  read: (tensor: string) => Promise<Float32Array>,
): Promise<Balance> => {
  const balance = new Map<string, Float32Array>()
  for (const [tensor, { layer }] of observer.observed) {
    const seen = { rows: await read(tensor), inputs: layer.inputs, ranges: ranges.get(tensor)! }
    const found = balanceOf(seen, error, WORTH[layer.isBehindNorm ? 'norm' : 'product'])
    if (found !== null) balance.set(tensor, found)
  }
  return balance
}
