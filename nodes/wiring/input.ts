import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { Message, Node, Outgoing } from './types.ts'

export interface InputContext {
  /** Aborted when the node closes: redeployed, removed, or Node-RED ends. */
  readonly signal: AbortSignal
}

export type InputHandler = (msg: Message, context: InputContext) => Outgoing | Promise<Outgoing>

/**
 * Wires a handler to the node's input.
 *
 * What the handler returns is sent, then the message is done; what it throws goes to `catch` nodes with a stable
 * `error.code`. Nothing is thrown into the runtime. A synchronous handler sends synchronously, so order is kept.
 * A message that the node's close overtakes is done without a result: whoever would take it is being replaced.
 * Without `send` and `done` (Node-RED before 1.0) the node's own `send` and `error` are used.
 */
export const onInput = (node: Node, handler: InputHandler): void => {
  const closing = new AbortController()
  node.on('close', () => closing.abort())
  node.on(
    'input',
    (msg, send?: (outgoing: Message | (Message | null)[]) => void, done?: (error?: Error) => void) => {
      const finish = (error?: Error): void => {
        if (done) done(error)
        else if (error) node.error(error, msg)
      }
      const emit = (outgoing: Outgoing): void => {
        if (outgoing === null || closing.signal.aborted) return
        if (send) send(outgoing)
        else node.send(outgoing)
      }
      const fail = (thrown: unknown): void => finish(closing.signal.aborted ? undefined : withCode(thrown))
      try {
        const outgoing = handler(msg, { signal: closing.signal })
        if (outgoing instanceof Promise) {
          outgoing
            .then(emit)
            .then(() => finish(), fail)
            // What `done` throws has nowhere else to go, and an unhandled rejection would end Node-RED.
            .catch((thrown: unknown) => node.error(thrown, msg))
          return
        }
        emit(outgoing)
      } catch (thrown) {
        fail(thrown)
        return
      }
      finish()
    },
  )
}

/**
 * Lets results out in the order in which the messages came, for a handler whose work takes longer for one than for the
 * next. The work itself is not held up.
 */
export const inOrder = (handler: InputHandler): InputHandler => {
  let last: Promise<unknown> = Promise.resolve()
  return (msg, context) => {
    const result = (async () => handler(msg, context))()
    const turn = Promise.allSettled([last, result]).then(() => undefined)
    last = turn
    return turn.then(() => result)
  }
}

/** Ours as it is; anything else is a fault of this package, and says so. */
const withCode = (thrown: unknown): Error =>
  isCodedError(thrown)
    ? thrown
    : codedError(
        'NODE_UNEXPECTED',
        `${messageOf(thrown)}. This is a fault of the node, not of the flow: please report it with the log.`,
        { cause: thrown },
      )
