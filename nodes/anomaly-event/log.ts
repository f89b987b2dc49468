import type { PublisherStatus } from '../../connect/mqtt/index.ts'
import type { Node } from '../wiring/index.ts'
import { codeToCorrect } from './status.ts'

/** A broker with two addresses fails in two ways in turn. */
const KEPT = 8

/**
 * Says in the log when the connection has come or gone, and each new trouble once: an outage that lasts a night is one line.
 * @param broker as it may be shown
 */
export const logChanges = (node: Node, broker: string): ((status: PublisherStatus) => void) => {
  let wasOnline = false
  /** Since there was no trouble the last time. */
  let told: readonly string[] = []
  return ({ state, protocol, lastError }) => {
    const isOnline = state === 'online'
    if (isOnline && !wasOnline) node.log(`connected to ${broker}, MQTT ${protocol}`)
    wasOnline = isOnline
    if (lastError === null) told = []
    if (lastError === null || told.includes(lastError)) return
    told = [lastError, ...told].slice(0, KEPT)
    // Brokers come and go; what has to be corrected is a warning.
    if (isOnline || codeToCorrect(lastError) !== null) node.warn(lastError)
    else node.log(lastError)
  }
}
