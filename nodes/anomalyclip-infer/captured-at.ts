import { codedError, shown } from '../../errors/index.ts'

/**
 * When an image was taken, as ISO 8601 in UTC: from a Date, milliseconds since 1970, or text that says its date.
 * Nothing (undefined, null, '') means that the image's arrival has to do.
 * @throws NODE_PROPERTY for anything else
 */
export const capturedAt = (found: unknown, arrived: Date): string => {
  if (found === undefined || found === null || found === '') return arrived.toISOString()
  const date =
    found instanceof Date || typeof found === 'number' || typeof found === 'string' ? new Date(found) : null
  if (date !== null && !Number.isNaN(date.getTime())) return date.toISOString()
  throw codedError(
    'NODE_PROPERTY',
    `the capture time is ${shown(found)}, expected a Date, milliseconds since 1970 or ISO 8601 text. ` +
      'Correct what sets it, or leave it out to use the time of arrival.',
  )
}
