import type { Node, NodeAPI, NodeDef, NodeMessage, NodeStatus } from 'node-red'

export type { Node, NodeAPI, NodeDef, NodeStatus }

/** A message of a flow; what other nodes put into it is theirs and passes through. */
export type Message = NodeMessage

/** What an input handler gives back: one message, one per output (null = nothing there), or nothing at all. */
export type Outgoing = Message | (Message | null)[] | null

/** A value of the editor's typedInput as it is saved: the expression, and where to look it up. */
export interface TypedProperty {
  readonly value: string
  readonly type: string
}
