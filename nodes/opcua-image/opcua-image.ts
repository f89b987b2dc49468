import { type Node, type NodeAPI, onInput, whenLoaded } from '../wiring/index.ts'
import type { OpcUaImageConfig } from './settings.ts'

/** An image of an OPC UA server out: when the server announces one, and with every message that comes in. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('opcua-image', function (this: Node, config: OpcUaImageConfig) {
    RED.nodes.createNode(this, config)
    onInput(
      this,
      whenLoaded(this, async () => {
        const { openImages } = await import('./images.ts')
        return () => openImages(RED, this, config)
      }),
    )
  })
}
