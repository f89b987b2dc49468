import type { PublisherStatus, StatusTopic } from '../../connect/mqtt/index.ts'

/**
 * What is kept retained on the status topic; docs/asyncapi.json describes it. The words for "offline" are given to the
 * broker at the beginning of each connection, as the last will, so there is no count in them.
 */
export const statusMessages = (
  topic: string | null,
  statusNow: () => PublisherStatus,
): { readonly status?: StatusTopic } => {
  if (topic === null) return {}
  let connections = -1
  let since = ''
  const online = (): string => {
    const { protocol, waiting, published, redelivered, dropped, refused, reconnects } = statusNow()
    if (reconnects !== connections) since = new Date().toISOString()
    connections = reconnects
    return JSON.stringify({
      state: 'online',
      since,
      protocol,
      queued: waiting,
      published,
      redelivered,
      dropped,
      refused,
      reconnects,
    })
  }
  return { status: { topic, online, offline: JSON.stringify({ state: 'offline' }) } }
}
