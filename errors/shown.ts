/** Enough to know a value again; a log line holds several. */
const MAX_LENGTH = 120

/**
 * Something unexpected as an error message shows it: JSON, cut short, `missing` for undefined. It never throws, and an
 * image that stands where a word was expected does not end up in the log.
 * @example shown(Buffer.alloc(3)) // 'Buffer of 3 bytes'
 */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'missing'
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  const text = asJson(value)
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}

/** As words where JSON has none: functions, circles, NaN (JSON would call it null). */
const asJson = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  try {
    return JSON.stringify(value) ?? `a ${typeof value}`
  } catch {
    return 'something that cannot be shown'
  }
}
