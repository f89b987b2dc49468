import type { ConnectionStatus } from '../../connect/opcua/client/index.ts'

/** Of a connection that has gone on since its beginning. */
export const ONLINE = {
  state: 'online',
  reconnects: 0,
  overflows: 0,
  losses: 0,
  lastError: null,
  lastAnswerAt: null,
} as const satisfies ConnectionStatus
