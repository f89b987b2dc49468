import { codedError } from '../../errors/index.ts'

/** Standard and URL-safe alphabet (RFC 4648 §4, §5), padded or not. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const LINE_BREAKS = /[\r\n\t ]+/g
/** A media type and its parameters are far shorter. */
const MAX_DATA_URL_HEADER = 256

/**
 * Bytes of base64 text or of a data URL (RFC 2397), line breaks allowed. Unlike Buffer.from, which skips what it does not
 * know and reads text of any kind as some bytes, this refuses everything else.
 * @throws IMAGE_TEXT
 */
export const bytesFromText = (text: string, where: string): Uint8Array => {
  const data = /^data:/i.test(text) ? dataOfUrl(text, where) : text
  if (isBase64(data)) return Buffer.from(data, 'base64')
  const unwrapped = data.replaceAll(LINE_BREAKS, '')
  if (isBase64(unwrapped)) return Buffer.from(unwrapped, 'base64')
  throw codedError(
    'IMAGE_TEXT',
    `${where} holds the text ${JSON.stringify(excerpt(text))}, expected base64, a data URL (data:image/png;base64,…) or JSON that carries one`,
  )
}

/** Whether what starts like this may be base64 or a data URL. */
export const looksLikeText = (start: string): boolean => /^(data:|[A-Za-z0-9+/_=\r\n-]+$)/i.test(start)

const isBase64 = (text: string): boolean => {
  if (!BASE64.test(text)) return false
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1
}

const dataOfUrl = (url: string, where: string): string => {
  const header = url.slice(0, MAX_DATA_URL_HEADER).split(',', 1)[0]
  if (/;base64$/i.test(header) && header.length < url.length) return url.slice(header.length + 1)
  throw codedError(
    'IMAGE_TEXT',
    `${where} holds a data URL that begins with ${JSON.stringify(excerpt(url))}, expected data:…;base64,…`,
  )
}

const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
