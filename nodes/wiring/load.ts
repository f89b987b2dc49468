import { whenConfigured } from './config.ts'
import type { InputHandler } from './input.ts'
import type { Node } from './types.ts'

/**
 * As `whenConfigured`, for a handler whose code is loaded with the first node that needs it: node-opcua alone takes a second
 * and 100 MB of memory, which flows without OPC UA should not pay. Messages that come before it is there wait. For a node that is
 * closed meanwhile no handler is made.
 * @param load imports the code, and gives what makes the handler
 */
export const whenLoaded = (node: Node, load: () => Promise<() => InputHandler>): InputHandler => {
  let closed = false
  node.on('close', () => {
    closed = true
  })
  const made = load().then((makeHandler) => (closed ? () => null : whenConfigured(node, makeHandler)))
  // Every message gets the error; without one it would be an unhandled rejection, which ends Node-RED.
  made.catch((thrown: unknown) => node.error(thrown))
  return async (msg, context) => (await made)(msg, context)
}
