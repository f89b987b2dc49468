import {
  type Acquisition,
  type BoxSignals,
  type Fate,
  type Finished,
  type FlowMessage,
  finishedOf,
} from '../../connect/opcua/handshake/index.ts'
import type { InputHandler } from './input.ts'
import type { Message, Node, NodeAPI, NodeStatus } from './types.ts'

type HandshakeMessage = Message & FlowMessage

/** What the nodes of a handshake with a PLC have in common, whichever side is the server. */
interface Handshake {
  finish(finished: Finished): Promise<Fate>
}

/** What a trigger sends out: the flow takes the image, inspects it and gives the message back with the verdict. */
export const acquireMessage = (RED: NodeAPI, node: Node, acquisition: Acquisition): Message => {
  const { acquisitionId: id, jobId } = acquisition
  return {
    _msgid: RED.util.generateId(),
    topic: jobId,
    payload: jobId,
    acquisition: { id, jobId, node: node.id },
  } as HandshakeMessage
}

/** Takes verdicts and errors back. What comes too late has been answered by an error already: the log says so, nothing else. */
export const finishEach =
  (node: Node, handshake: () => Promise<Handshake>): InputHandler =>
  async (msg: HandshakeMessage) => {
    const finished = finishedOf(msg, node.id)
    const fate = await (await handshake()).finish(finished)
    if (fate === 'late')
      node.warn(
        `a result came for acquisition ${finished.acquisitionId}, which has been answered already; it was not kept`,
      )
    return null
  }

/**
 * The dot under the node: green = a trigger would be taken, blue = an image is being inspected or a result waits for the PLC,
 * red = an error waits for it, grey = the PLC wants no triggers. m = triggers missed.
 * @param peers who is there, such as "2 clients"
 * @param acknowledged whether a result waits for ResultsAck, or for the next one to take its place
 */
export const handshakeDot = (
  signals: BoxSignals,
  { peers = '', acknowledged = true }: { readonly peers?: string; readonly acknowledged?: boolean } = {},
): NodeStatus => {
  const { online, error, errorCode, resultsValid, acquisitionId, busy, triggerReady } = signals
  const missed = signals.missedAcquisitions > 0 ? ` m${signals.missedAcquisitions}` : ''
  if (error) return { fill: 'red', shape: 'dot', text: `error ${errorCode}${missed}` }
  if (busy) return { fill: 'blue', shape: 'dot', text: `busy ${acquisitionId}${missed}` }
  if (triggerReady && !resultsValid)
    return { fill: 'green', shape: 'dot', text: `ready ${peers}`.trim() + missed }
  if (resultsValid)
    return {
      fill: 'blue',
      shape: 'ring',
      text: `result ${acquisitionId}${acknowledged ? ' waits' : ''}${missed}`,
    }
  return { fill: 'grey', shape: 'ring', text: `${online ? peers || 'not enabled' : 'offline'}${missed}` }
}
