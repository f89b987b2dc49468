import { isIP } from 'node:net'
import { codedError } from '../errors/index.ts'
import { LONGEST_DELAY_MS } from './clock.ts'
import type { ServerOptions } from './types.ts'

/** Options with every default filled in; null = not given. */
export interface ServerSettings {
  readonly url: string
  readonly model: string
  readonly version: string | null
  readonly token: string | null
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
  readonly timeoutMs: number
}

export const serverSettings = (options: ServerOptions): ServerSettings => ({
  url: options.url,
  model: options.model,
  version: options.version || null,
  token: options.token || null,
  caFile: options.caFile || null,
  certFile: options.certFile || null,
  keyFile: options.keyFile || null,
  timeoutMs: options.timeoutMs ?? 30_000,
})

/** @throws ENGINE_OPTIONS naming the first option that makes no sense; never with the token in it */
export const checkServer = ({ url, model, token, certFile, keyFile, timeoutMs }: ServerSettings): void => {
  const parsed = URL.parse(url)
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
    throw wrong(`server.url is ${JSON.stringify(url)}, expected http:// or https:// with a host and a port`)
  // Not shown: it has a password in it.
  if (parsed.username !== '' || parsed.password !== '')
    throw wrong(
      'server.url holds a user or a password, which would be shown with it; give a token in its own field',
    )
  if (parsed.search !== '' || parsed.hash !== '')
    throw wrong(`server.url is ${JSON.stringify(url)}, expected one without ? and #`)
  if (model.trim() === '')
    throw wrong('server.model is empty, expected the name that the server has the model under')
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw wrong('server.token holds blanks, line ends or other characters that no token has; copy it again')
  if (token !== null && parsed.protocol === 'http:' && !isThisMachine(parsed.hostname))
    throw wrong(
      `server.url is ${JSON.stringify(url)}, and a token would go over the network for all to read; use https, or no token`,
    )
  if ((certFile === null) !== (keyFile === null))
    throw wrong('server.certFile and server.keyFile go together, and only one of them is given')
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_DELAY_MS)
    throw wrong(`server.timeoutMs is ${timeoutMs}, expected a whole number from 1 to ${LONGEST_DELAY_MS}`)
}

/** Hosts of URLs have IPv6 addresses in brackets. */
const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))

const wrong = (what: string) => codedError('ENGINE_OPTIONS', what)
