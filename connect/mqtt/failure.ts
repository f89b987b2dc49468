import { ReasonCodes } from 'mqtt'
import { type CodedError, codedError, type ErrorCode, messageOf } from '../../errors/index.ts'

/** What a certificate's problem is, for one who has to put it right. Codes of OpenSSL as Node.js names them. */
const TLS_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the broker's certificate is self-signed and not among the trusted ones; give it as the CA certificate",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the broker's certificate was issued by an authority that is not trusted; give that authority's certificate as the CA certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the broker's certificate was issued by an authority that is not trusted; give that authority's certificate as the CA certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the broker's certificate was issued by an authority that is not trusted; give that authority's certificate as the CA certificate",
  UNABLE_TO_GET_ISSUER_CERT:
    "an authority between the broker's certificate and the CA certificate is missing; the broker has to send it",
  CERT_HAS_EXPIRED:
    "the broker's certificate, or its authority's, has expired; renew it, or set this box's clock",
  CERT_NOT_YET_VALID:
    "the broker's certificate, or its authority's, is not valid yet; set the clock of this box or of the one it was made on",
  CERT_SIGNATURE_FAILURE:
    "the broker's certificate was not signed by the CA certificate given, though it bears its name; give the right one",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the broker's certificate is for another host name; use a name that it lists, or set the server name",
  ERR_SSL_WRONG_VERSION_NUMBER:
    'there is no TLS at this port; use the TLS port of the broker, or mqtt:// in the URL',
  ERR_OSSL_PEM_NO_START_LINE: 'a certificate or key is not PEM; it has to begin with -----BEGIN',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the client's key does not belong to the client's certificate",
}

/** What the broker says with an alert (RFC 8446 §6.2), of this client's certificate or of both. */
const TLS_ALERTS: Readonly<Record<string, string>> = {
  CERTIFICATE_REQUIRED: 'the broker wants a certificate of this client; give one with its key',
  HANDSHAKE_FAILURE:
    'the broker refuses the handshake; it may want a certificate of this client, or allow no cipher of this one',
  PROTOCOL_VERSION:
    'the broker allows no version of TLS that this client allows; update the older of the two',
  UNKNOWN_CA:
    "the broker does not trust the authority of this client's certificate; give one of an authority that it does",
  CERTIFICATE_EXPIRED:
    "the broker says that this client's certificate has expired; renew it, or set the broker's clock",
  CERTIFICATE_REVOKED: "the broker says that this client's certificate was revoked; give another one",
  BAD_CERTIFICATE: "the broker does not accept this client's certificate; give another one",
  CERTIFICATE_UNKNOWN: "the broker does not accept this client's certificate; give another one",
  UNSUPPORTED_CERTIFICATE: "the broker does not accept this client's kind of certificate; give another one",
}

/** OpenSSL puts another version of the protocol before each, and another one in each of its own versions. */
const alertOf = (code: string): string => /^ERR_SSL_.*_ALERT_(\w+)$/.exec(code)?.[1] ?? ''

const TLS_CODE = /^ERR_(TLS|SSL|OSSL)_|CERT|^EPROTO$|^UNABLE_TO_|^CRL_/

const codeOf = (thrown: unknown): string | number | undefined =>
  thrown instanceof Error &&
  'code' in thrown &&
  (typeof thrown.code === 'string' || typeof thrown.code === 'number')
    ? thrown.code
    : undefined

/** What ended a connection, or kept it from being made, before the broker said anything about it. */
export const networkError = (thrown: unknown, broker: string): CodedError => {
  const code = codeOf(thrown)
  if (typeof code === 'string' && TLS_CODE.test(code))
    return codedError(
      'MQTT_TLS',
      `no secure connection to ${broker}: ${TLS_PROBLEMS[code] ?? TLS_ALERTS[alertOf(code)] ?? messageOf(thrown)} (${code}).`,
      {
        cause: thrown,
      },
    )
  return codedError(
    'MQTT_UNREACHABLE',
    `${broker} cannot be reached: ${messageOf(thrown) || code || 'the connection failed'}. It is tried again; check address, port and network.`,
    { cause: thrown },
  )
}

/** Of CONNACK: MQTT 3.1.1 table 3.1 up to 5, MQTT 5.0 §3.2.2.2 from 128 on. Another reason: MQTT_PROTOCOL. */
const CONNACK: Readonly<Record<number, ErrorCode>> = {
  2: 'MQTT_AUTH',
  3: 'MQTT_UNREACHABLE',
  4: 'MQTT_AUTH',
  5: 'MQTT_AUTH',
  133: 'MQTT_AUTH',
  134: 'MQTT_AUTH',
  135: 'MQTT_AUTH',
  136: 'MQTT_UNREACHABLE',
  137: 'MQTT_UNREACHABLE',
  138: 'MQTT_AUTH',
  140: 'MQTT_AUTH',
  151: 'MQTT_UNREACHABLE',
  156: 'MQTT_UNREACHABLE',
  157: 'MQTT_UNREACHABLE',
  159: 'MQTT_UNREACHABLE',
}

/** Retain not supported, QoS not supported: of a last will, which is all that a CONNECT asks for (MQTT 5.0 §3.2.2.2). */
const WILL_REFUSED = new Set([154, 155])

/** Unacceptable protocol version (3.1.1 table 3.1), Unsupported Protocol Version (5.0 §3.2.2.2). */
export const isProtocolRefusal = (reason: number): boolean => reason === 1 || reason === 132

const wordsOf = (reason: number): string =>
  `${ReasonCodes[reason as keyof typeof ReasonCodes] ?? 'no known reason'} (${reason})`

/** The broker has answered the connection with a refusal. */
export const refusalError = (reason: number, broker: string): CodedError => {
  const code = CONNACK[reason] ?? 'MQTT_PROTOCOL'
  const cure =
    code === 'MQTT_AUTH'
      ? 'check user, password, client id and certificate'
      : WILL_REFUSED.has(reason)
        ? 'it takes no retained last will, so leave the status topic empty'
        : 'it is tried again'
  return codedError(code, `${broker} refuses the connection: ${wordsOf(reason)}; ${cure}.`)
}

/** The broker has ended the connection with a DISCONNECT (MQTT 5.0 §3.14.2.1), or without a word. */
export const endedError = (reason: number | undefined, broker: string): CodedError =>
  codedError(
    reason === 135 ? 'MQTT_AUTH' : 'MQTT_UNREACHABLE',
    `${broker} has ended the connection${reason === undefined ? '' : `: ${wordsOf(reason)}`}${
      // Two clients of one id throw each other out without end.
      reason === 142 ? '; another client uses the same client id, give each its own' : ''
    }. It is tried again.`,
  )

/**
 * Whether a message that was refused can be taken when it is sent again: never, later, or perhaps, where it may be the client
 * that is refused and not the message.
 */
export type Again = 'never' | 'later' | 'perhaps'

/** Topic name invalid, packet too large, payload format invalid: of this message (MQTT 5.0 §3.4.2.1, of PUBREC §3.5.2.1). */
const NEVER = new Set([144, 149, 153])

/** Not authorized: for this topic, or for all while the broker's list of rights is broken. */
const NOT_AUTHORIZED = 135

export const againOf = (reason: number): Again =>
  NEVER.has(reason) ? 'never' : reason === NOT_AUTHORIZED ? 'perhaps' : 'later'

export const messageRefusedError = (
  reason: number,
  { topic, broker, isFinal }: { topic: string; broker: string; isFinal: boolean },
): CodedError =>
  codedError(
    'MQTT_REFUSED',
    `${broker} refuses a message to ${topic}: ${wordsOf(reason)}. It is ${isFinal ? 'not ' : ''}sent again; check what this client may publish.`,
  )
