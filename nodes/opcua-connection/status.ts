import type { ConnectionStatus } from '../../connect/opcua/client/index.ts'
import type { NodeStatus } from '../wiring/index.ts'

/**
 * The dot that a connection's users show: green only while there is a session that answers, o = overflows, l = losses, each only
 * when there were any; yellow while one is made; red with what went wrong.
 */
export const dotOf = ({ state, overflows, losses, lastError }: ConnectionStatus): NodeStatus => {
  switch (state) {
    case 'online': {
      const counts = [...count('o', overflows), ...count('l', losses)]
      return { fill: 'green', shape: 'dot', text: ['online', ...counts].join(' ') }
    }
    case 'connecting':
      return { fill: 'yellow', shape: 'ring', text: 'connecting' }
    case 'untrusted':
      return { fill: 'red', shape: 'ring', text: 'not trusted' }
    case 'waiting':
      return { fill: 'red', shape: 'ring', text: wordsOf(lastError) }
    case 'closed':
      return { fill: 'grey', shape: 'ring', text: 'closed' }
  }
}

/** @example wordsOf('OPCUA_CONNECTION_LOST: the session …') // 'connection lost' */
const wordsOf = (lastError: string | null): string =>
  /^OPCUA_([A-Z_]+): /
    .exec(lastError ?? '')?.[1]
    ?.toLowerCase()
    .replaceAll('_', ' ') ?? 'waiting'

const count = (letter: string, number: number): string[] => {
  if (number === 0) return []
  return [`${letter}${number >= 1000 ? `${Math.floor(number / 1000)}k` : number}`]
}
