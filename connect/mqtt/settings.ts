import { codedError, shown } from '../../errors/index.ts'
import type { BrokerSettings } from './types.ts'

/** `true` = over TLS. */
const SCHEMES: Readonly<Record<string, boolean>> = {
  'mqtt:': false,
  'mqtts:': true,
  'ws:': false,
  'wss:': true,
}

/** What cannot work is said before it is tried. @throws MQTT_SETTINGS */
export const checkBroker = ({
  url,
  clientId,
  keepaliveS,
  connectTimeoutMs,
  maxPacketBytes,
}: BrokerSettings): void => {
  const scheme = URL.canParse(url) ? new URL(url).protocol : undefined
  if (scheme === undefined || !Object.hasOwn(SCHEMES, scheme) || new URL(url).hostname === '')
    // Not the URL itself: it may hold a password.
    refuse('The URL of the broker', scheme ?? 'none', 'mqtt://HOST, mqtts://HOST, ws://HOST or wss://HOST')
  if (clientId === '') refuse('The client id', clientId, 'a text that no other client of the broker has')
  if (!Number.isInteger(keepaliveS) || keepaliveS < 0 || keepaliveS > 65_535)
    refuse('The keep alive', keepaliveS, 'whole seconds from 0 to 65535')
  if (!(connectTimeoutMs > 0)) refuse('The connect timeout', connectTimeoutMs, 'milliseconds above 0')
  if (!(maxPacketBytes >= 1024)) refuse('The largest packet', maxPacketBytes, 'at least 1024 bytes')
}

export const isSecure = (url: string): boolean => SCHEMES[new URL(url).protocol] === true

/** The broker as messages name it: without user, password and query. */
export const brokerName = (url: string): string => {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}

const refuse = (name: string, found: unknown, expected: string): never => {
  throw codedError('MQTT_SETTINGS', `${name} is ${shown(found)}, expected ${expected}.`)
}
