import type { PublisherStatus } from '../../connect/mqtt/index.ts'
import type { Node } from '../wiring/index.ts'
import { codeToCorrect } from './status.ts'

/**
 * Says in the log when the connection has come or gone, and each new trouble once: an outage that lasts a night is one line.
 * @param broker as it may be shown
 */
export const logChanges = (node: Node, broker: string): ((status: PublisherStatus) => void) => {
  let wasOnline = false
  let lastError: string | null = null
  return (status) => {
    const isOnline = status.state === 'online'
    if (isOnline && !wasOnline) node.log(`connected to ${broker}, MQTT ${status.protocol}`)
    wasOnline = isOnline
    if (status.lastError === lastError) return
    lastError = status.lastError
    if (lastError === null) return
    // Brokers come and go; what has to be corrected is a warning.
    if (isOnline || codeToCorrect(lastError) !== null) node.warn(lastError)
    else node.log(lastError)
  }
}
