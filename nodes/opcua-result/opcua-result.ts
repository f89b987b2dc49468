import { type Node, type NodeAPI, onInput, whenLoaded } from '../wiring/index.ts'
import type { OpcUaResultConfig } from './settings.ts'

/** The handshake with a PLC's own server. Output: a trigger was taken. Input: the verdict, or what a catch node caught. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('opcua-result', function (this: Node, config: OpcUaResultConfig) {
    RED.nodes.createNode(this, config)
    onInput(
      this,
      whenLoaded(this, async () => {
        const { linkTo } = await import('./link.ts')
        return () => linkTo(RED, this, config)
      }),
    )
  })
}
