import { MonitoredItem, Subscription } from 'node-opcua'

/** A PLC's cycle. */
const FASTEST_PUBLISHING_MS = 10
const FASTEST_SAMPLING_MS = 5

/**
 * Lets clients have what a PLC's cycle asks for: node-opcua's servers revise everything below 50 ms upwards (its
 * `Subscription.minimumPublishingInterval`, `MonitoredItem.minimumSamplingInterval`), for all servers of the process at once.
 */
export const allowFastClients = (): void => {
  Subscription.minimumPublishingInterval = FASTEST_PUBLISHING_MS
  MonitoredItem.minimumSamplingInterval = FASTEST_SAMPLING_MS
}

/** What the server says of it in ServerCapabilities. */
export const MIN_SUPPORTED_SAMPLE_RATE_MS = FASTEST_SAMPLING_MS
