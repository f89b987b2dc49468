import type { PublisherStatus } from '../../connect/mqtt/index.ts'
import type { NodeStatus } from '../wiring/index.ts'

/** The code of an error for which trying again does not help, as somebody has to correct something; null for others. */
export const codeToCorrect = (error: string | null): string | null =>
  error?.match(/^(MQTT_AUTH|MQTT_TLS|MQTT_PROTOCOL|MQTT_REFUSED|STORE_[A-Z_]+)(?=: )/)?.[0] ?? null

/**
 * The dot under a node that publishes by itself: green with events published since the start, q = waiting; yellow without a
 * connection; red with the error's code where the broker refuses it or the store cannot be read. Events that were accepted
 * and lost for good take the place of those published, as d.
 */
export const dotFor = (status: PublisherStatus): NodeStatus => {
  const { state, waiting, published, dropped, refused, lastError } = status
  const lost = dropped + refused
  const code = codeToCorrect(lastError)
  const queued = `q${short(waiting)}${lost > 0 ? ` d${short(lost)}` : ''}`
  switch (state) {
    case 'online':
      if (code?.startsWith('STORE_')) return { fill: 'red', shape: 'ring', text: `${code} ${queued}` }
      return {
        fill: 'green',
        shape: 'dot',
        text: lost > 0 ? `online ${queued}` : `online ${short(published)} ${queued}`,
      }
    case 'connecting':
    case 'offline': {
      if (code !== null) return { fill: 'red', shape: 'ring', text: `${code} ${queued}` }
      const isFirst = state === 'connecting' && lastError === null && lost === 0
      return { fill: 'yellow', shape: 'ring', text: `${isFirst ? 'connecting' : 'offline'} ${queued}` }
    }
    case 'closed':
      return { fill: 'grey', shape: 'ring', text: 'closed' }
  }
}

/** At most four characters. */
const short = (count: number): string => {
  if (count >= 1e6) return `${Math.floor(count / 1e6)}M`
  return count >= 1e4 ? `${Math.floor(count / 1e3)}k` : String(count)
}
