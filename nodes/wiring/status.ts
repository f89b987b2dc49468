import type { Node, NodeStatus } from './types.ts'

/** At most two a second: each status is sent to every open editor. */
const INTERVAL_MS = 500
/** Node-RED's guidance for nodes: status text stays under 20 characters. */
const MAX_TEXT = 19

/**
 * Gives a function that shows a status under the node: the first at once, later ones at most twice a second, of which
 * the last one wins. What is shown already is not sent again: every sending is a message of the flow's status nodes.
 * Text is cut to 19 characters. Nothing is shown any more once the node closes.
 */
export const statusOf = (node: Node): ((status: NodeStatus) => void) => {
  let waiting: NodeStatus | null = null
  let timer: NodeJS.Timeout | null = null
  let shown = ''
  let closed = false

  const show = (wanted: NodeStatus): void => {
    const status = wanted.text === undefined ? wanted : { ...wanted, text: shortened(wanted.text) }
    const asText = JSON.stringify([status.fill, status.shape, status.text])
    if (asText === shown) return
    shown = asText
    node.status(status)
    timer = setTimeout(() => {
      timer = null
      const next = waiting
      waiting = null
      if (next) show(next)
    }, INTERVAL_MS)
    timer.unref()
  }
  node.on('close', () => {
    closed = true
    if (timer) clearTimeout(timer)
  })
  return (status) => {
    if (closed) return
    if (timer) waiting = status
    else show(status)
  }
}

const shortened = (text: string): string =>
  text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
