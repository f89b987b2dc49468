import {
  AttributeIds,
  type ClientSession,
  MessageSecurityMode,
  type UserIdentityInfo,
  VariableIds,
} from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { mendEnvironment } from '../environment.ts'
import { factsOf, type Pki } from '../pki/index.ts'
import { chooseEndpoint, discover, POLICY_PREFIX, requireSafeIdentity } from './discover.ts'
import { connectError, connectionLost, timedOut } from './errors.ts'
import { userOf } from './identity.ts'
import { withinLimit } from './limit.ts'
import { type Attempt, makeClient } from './node-opcua-client.ts'
import { tearDown } from './tear-down.ts'
import type { ConnectionSettings } from './types.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

/** One session from its beginning to its end. */
export interface Link {
  readonly session: ClientSession
  /** Of the server's certificate; null over an unsecured channel. */
  readonly thumbprint: string | null
  /**
   * Called once with the reason when the session is no more, at once if it is no more already; gives the function that takes it
   * back. A promise would keep, for as long as the session lives, whatever was ever waiting for it.
   */
  onEnd(listener: (reason: Error) => void): () => void
  /** The first reason counts. `answering`: the end is ours, and the server is still there to hear of it. */
  end(reason: Error, answering?: boolean): void
  /** Tears everything down, with a goodbye to a server that is there; always ends. */
  close(): Promise<void>
}

/** Opening a channel and a session costs a small PLC seconds, for the sake of RSA. */
const HANDSHAKE_LIMIT_MS = 8_000

/** A watchdog's question is small; whoever does not answer it in this time is not there. */
const WATCHDOG_LIMIT_MS = 3_000

/**
 * Opens a session: asks for the endpoints, chooses one, holds its certificate against the trusted ones, connects, shows the user, and
 * asks the server how it is.
 * @throws OPCUA_ENDPOINT, OPCUA_UNTRUSTED, OPCUA_SECURITY, OPCUA_IDENTITY, OPCUA_REFUSED, OPCUA_TIMEOUT, OPCUA_OFFLINE
 */
export const openLink = async (
  settings: ConnectionSettings,
  pki: Pki,
  onAnswer: () => void,
  signal: AbortSignal,
): Promise<Link> => {
  const { endpointUrl, securityMode, securityPolicy } = settings
  const user = userOf(settings)
  let attempt: Attempt | null = null
  try {
    const endpoint = chooseEndpoint(await discover(pki, endpointUrl, signal), settings)
    requireSafeIdentity(endpoint, settings)
    const secured = securityMode !== 'None'
    if (secured) await requireTrusted(pki, endpoint.serverCertificate, endpointUrl)
    attempt = makeClient(pki, {
      securityMode: MessageSecurityMode[securityMode],
      securityPolicy: POLICY_PREFIX + securityPolicy,
      // What was held against the trusted ones: node-opcua asks no second time, and no other one can take its place.
      serverCertificate: secured ? endpoint.serverCertificate : undefined,
    })
    const session = await openSession(attempt, settings, user, signal)
    const link = superviseLink(attempt, session, settings, onAnswer)
    const thumbprint = secured ? factsOf(endpoint.serverCertificate).thumbprint : null
    return { ...link, thumbprint }
  } catch (thrown) {
    if (attempt) await tearDown(attempt, false)
    throw connectError(thrown, settings)
  }
}

/** @throws OPCUA_UNTRUSTED naming the thumbprint, OPCUA_SECURITY for a certificate that is wrong in itself */
const requireTrusted = async (pki: Pki, der: Buffer, endpointUrl: string): Promise<void> => {
  const { trusted, verdict } = await pki.isTrusted(der)
  if (trusted) return
  const { thumbprint, subject } = factsOf(der)
  if (verdict === 'BadCertificateUntrusted')
    throw codedError(
      'OPCUA_UNTRUSTED',
      `the certificate of ${endpointUrl} is not trusted: ${subject}, thumbprint ${thumbprint}. ` +
        'Compare the thumbprint with the one the server shows, then trust it in the connection.',
    )
  throw codedError(
    'OPCUA_SECURITY',
    `the certificate of ${endpointUrl} (${subject}, thumbprint ${thumbprint}) is refused with ${verdict}. Give the server a valid one.`,
  )
}

const openSession = async (
  { client }: Attempt,
  { endpointUrl }: ConnectionSettings,
  user: UserIdentityInfo,
  signal: AbortSignal,
): Promise<ClientSession> => {
  const late = (): Error =>
    timedOut(endpointUrl, `has not opened a session within ${HANDSHAKE_LIMIT_MS / 1000} s`)
  await withinLimit(client.connect(endpointUrl).finally(mendEnvironment), HANDSHAKE_LIMIT_MS, late, signal)
  const session = await withinLimit(
    client.createSession(user).finally(mendEnvironment),
    HANDSHAKE_LIMIT_MS,
    late,
    signal,
  )
  await withinLimit(askState(session), WATCHDOG_LIMIT_MS, late, signal)
  return session
}

/** Any answer is a sign of life, also that the user must not read this. */
const askState = async (session: ClientSession): Promise<void> => {
  await session.read({
    nodeId: `i=${VariableIds.Server_ServerStatus_State}`,
    attributeId: AttributeIds.Value,
  })
}

const superviseLink = (
  attempt: Attempt,
  session: ClientSession,
  { endpointUrl, watchdogMs }: ConnectionSettings,
  onAnswer: () => void,
): Omit<Link, 'thumbprint'> => {
  const { client } = attempt
  const listeners = new Set<(reason: Error) => void>()
  let over: Error | null = null
  let isThere = false
  let watchdog: Watchdog | null = null
  const end = (reason: Error, answering = false): void => {
    if (over) return
    over = reason
    isThere = answering
    watchdog?.stop()
    for (const listener of [...listeners]) listener(reason)
    listeners.clear()
  }
  const lost = (why: string, cause?: unknown): void => end(connectionLost(endpointUrl, why, cause))

  client.on('connection_lost', () => lost('the connection was cut'))
  client.on('close', (error) => lost(error ? error.message : 'the server closed the connection'))
  client.on('abort', () => lost('the server aborted the connection'))
  session.on('session_closed', (status) => lost(`the server closed the session (${status.name})`))
  // A server that no longer knows the session gets a second one from node-opcua, in place: its subscriptions and their counters
  // would be others under an unchanged face. Ours begin anew instead.
  const events: NodeJS.EventEmitter = session
  for (const event of ['session_repaired', 'session_repaired_failed', 'session_restored'])
    events.on(event, () => end(connectionLost(endpointUrl, 'the server no longer knew the session'), true))
  watchdog = startWatchdog({
    ask: () => askState(session),
    everyMs: watchdogMs,
    limitMs: WATCHDOG_LIMIT_MS,
    onAnswer,
    onDead: lost,
  })
  // A large value on its way is a sign of life, long before the answer behind it.
  client.on('receive_chunk', watchdog.heard)
  onAnswer()

  return {
    session,
    onEnd: (listener) => {
      if (over) listener(over)
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end,
    close: async () => {
      end(connectionLost(endpointUrl, 'it was closed'), true)
      await tearDown(attempt, isThere)
    },
  }
}
