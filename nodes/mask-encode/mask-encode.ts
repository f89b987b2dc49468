import { encodeMask, maskSourceFrom, needsThreshold } from '../../inspection/masks/index.ts'
import { COLOUR_MAPS, OVERLAY_DEFAULTS } from '../../inspection/overlay/index.ts'
import {
  type InputHandler,
  inOrder,
  type Message,
  type Node,
  type NodeAPI,
  type NodeDef,
  onInput,
  readChoice,
  readNumber,
  readOptionalNumber,
  readProperty,
  readTyped,
  requireVersion,
  statusOf,
  whenConfigured,
} from '../wiring/index.ts'
import { pictureFrom } from './picture.ts'
import { dotFor, NO_MASK } from './status.ts'

/** What the editor saves for `mask-encode`; numbers are text there. */
interface MaskEncodeConfig extends NodeDef {
  version: number
  encoding: string
  pixel: string
  minArea: string
  colourMap: string
  opacity: string
  quality: string
  /** Where the overlay finds the original image. */
  image: string
  imageType: string
}

interface MaskMessage extends Message {
  anomaly?: unknown
  mask?: unknown
}

/**
 * Map and verdict in, `msg.mask` out; everything else in the message stays as it is. An undecided image whose map cannot
 * be used, or for which there is no pixel threshold yet, goes on without `msg.mask`, so that its event still leaves the flow.
 */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('mask-encode', function (this: Node, config: MaskEncodeConfig) {
    RED.nodes.createNode(this, config)
    onInput(
      this,
      whenConfigured(this, () => makeHandler(RED, this, config)),
    )
  })
}

const makeHandler = (RED: NodeAPI, node: Node, config: MaskEncodeConfig): InputHandler => {
  requireVersion(config, 1)
  const encoding = readChoice(config, 'encoding', ENCODINGS, 'png')
  const ownThreshold = readOptionalNumber(config, 'pixel', { min: 0, max: 1 })
  const ownMinArea = readNumber(config, 'minArea', { min: 0, max: 100, fallback: 0 })
  const overlay = {
    colourMap: readChoice(config, 'colourMap', COLOUR_MAPS, OVERLAY_DEFAULTS.colourMap),
    opacity: readNumber(config, 'opacity', { min: 0, max: 1, fallback: OVERLAY_DEFAULTS.opacity }),
    quality: readNumber(config, 'quality', {
      min: 1,
      max: 100,
      integer: true,
      fallback: OVERLAY_DEFAULTS.quality,
    }),
  }
  const image = readTyped(config, 'image', ['msg', 'flow', 'global'], 'payload')
  const show = statusOf(node)

  return inOrder(async (msg: MaskMessage) => {
    const source = maskSourceFrom(msg.anomaly)
    const pixelThreshold = source?.pixelThreshold ?? ownThreshold
    // While threshold still calibrates, nobody may have a pixel threshold yet.
    const isTooEarly = source?.isUndecided && pixelThreshold === null && needsThreshold(encoding)
    if (source === null || isTooEarly) {
      // What another node left there is no mask of this image.
      delete msg.mask
      show(NO_MASK)
      return msg
    }
    const minArea = source.minArea ?? ownMinArea
    const mask = await encodeMask(source, { encoding, pixelThreshold, minArea, overlay }, async () =>
      pictureFrom(await readProperty(RED, node, image, msg), source.image),
    )
    show(dotFor(mask))
    return Object.assign(msg, { mask })
  })
}

const ENCODINGS = ['png', 'png16', 'rle', 'polygons', 'boxes', 'overlay'] as const
