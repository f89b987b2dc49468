/** Characters and escapes of RFC 3986; a fragment at most once. */
const URI_PART = "(?:[A-Za-z0-9\\-._~:/?[\\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
const URI_REFERENCE = new RegExp(`^${URI_PART}+(?:#${URI_PART}*)?$`)

/** Non-empty URI-reference, as CloudEvents 1.0 wants `source` (§3.1.1). */
export const isUriReference = (text: string): boolean => URI_REFERENCE.test(text)

/** Reverse-DNS name of at least two labels, as CloudEvents 1.0 recommends for the prefix of `type` (§3.1.1). */
export const isReverseDns = (text: string): boolean =>
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/.test(text)

/** Date, time and offset (RFC 3339 §5.6). */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** A time as RFC 3339; ISO 8601 without an offset is the machine's local time. Null when it is no time at all. */
export const rfc3339 = (time: unknown): string | null => {
  if (typeof time !== 'string' && typeof time !== 'number' && !(time instanceof Date)) return null
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return null
  return typeof time === 'string' && RFC_3339.test(time) ? time : date.toISOString()
}

/** Text without what CloudEvents 1.0 forbids in strings (§3.2): control characters, lone surrogates, noncharacters. */
export const attributeText = (text: string): string =>
  text.toWellFormed().replace(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '\u{FFFD}')
