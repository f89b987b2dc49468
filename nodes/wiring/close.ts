import { messageOf } from '../../errors/index.ts'
import type { Node } from './types.ts'

/** Node-RED gives up on a node after 15 s (`nodeCloseTimeout`); a redeploy should not be felt, so ours end sooner. */
const CLOSE_LIMIT_MS = 4_500

/** Runs when the node closes; the redeploy waits for it, but never longer than 5 s. What it throws becomes a warning. */
export const onClose = (node: Node, release: (removed: boolean) => Promise<void>): void => {
  node.on('close', (removed: boolean, done: () => void) => {
    const limit = setTimeout(() => {
      node.warn(`closing took longer than ${CLOSE_LIMIT_MS} ms and goes on in the background`)
      done()
    }, CLOSE_LIMIT_MS)
    Promise.resolve()
      .then(() => release(removed))
      .catch((thrown: unknown) => node.warn(`closing: ${messageOf(thrown)}`))
      .finally(() => {
        clearTimeout(limit)
        done()
      })
  })
}
