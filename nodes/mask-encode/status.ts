import type { EncodedMask } from '../../inspection/types.ts'
import type { NodeStatus } from '../wiring/index.ts'

/** The dot under the node: encoding and number of regions. */
export const dotFor = ({ encoding, regions }: EncodedMask): NodeStatus => ({
  fill: 'green',
  shape: 'dot',
  text: `${encoding} ${regions.length}`,
})

/** An undecided image has been passed on without a mask. */
export const NO_MASK: NodeStatus = { fill: 'grey', shape: 'ring', text: 'undecided, no mask' }
