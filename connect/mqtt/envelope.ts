/**
 * How a stored event is to be published: everything but its payload. The payload beside it is always the whole
 * CloudEvent as JSON (structured form), so that the packet can be made for whatever the broker speaks when it is sent.
 */
export interface Envelope {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  /** Binary mode needs MQTT 5 (user properties); on a 3.1.1 connection the event is sent structured. */
  readonly mode: 'structured' | 'binary'
  /** CloudEvents context attributes without `datacontenttype`, as text: the user properties of binary mode. */
  readonly attributes: Readonly<Record<string, string>>
  /** Of the event's `data`; the content type of binary mode. */
  readonly datacontenttype: string
  /** MQTT 5 only. */
  readonly correlationData?: { readonly text: string; readonly encoding: 'utf8' | 'base64' }
  /** ms from the acceptance on; then the event is dropped instead of sent. An MQTT 5 broker is told what is left. */
  readonly expiryMs?: number
}

/** For the outbox, whose envelope is JSON. */
export const envelopeToJson = (envelope: Envelope): string => JSON.stringify(envelope)

/** The way back; only for what `envelopeToJson` made, the outbox being our own file. */
export const envelopeFromJson = (json: string): Envelope => JSON.parse(json) as Envelope
