import { codedError, shown } from '../../errors/index.ts'
import { isReverseDns, isUriReference } from './attributes.ts'

export interface EventSettings {
  /** URI-reference. */
  readonly source: string
  /** Reverse-DNS prefix of the event's type. */
  readonly typePrefix: string
  /** What of `msg.mask` goes into the event. */
  readonly inlineImage: 'none' | 'mask' | 'overlay' | 'all'
  /** Larger images are left out; counted before base64. */
  readonly maxInlineBytes: number
  readonly includeRegions: boolean
}

const DEFAULT_TYPE_PREFIX = 'io.github.anomalyclip'

/** 1 MB in base64 and a little more still fits through a broker with the usual limits. */
const DEFAULT_INLINE_KILOBYTES = 1024
const MAX_INLINE_KILOBYTES = 10_240

const INLINE = ['none', 'mask', 'overlay', 'all'] as const

/**
 * Reads the settings as the editor saves them; missing ones are those of version 1.
 * @param defaultSource taken when no source is configured
 * @throws EVENT_SETTINGS naming the setting, what was found and what is expected
 */
export const readEventSettings = (config: object, defaultSource: string): EventSettings => {
  const source = text(config, 'source') || defaultSource
  if (!isUriReference(source))
    refuse('source', source, 'a URI-reference without spaces, for instance /plant/line-3')
  const typePrefix = text(config, 'typePrefix') || DEFAULT_TYPE_PREFIX
  if (!isReverseDns(typePrefix))
    refuse('typePrefix', typePrefix, 'a reverse-DNS name in lower case, for instance com.example')
  const saved = text(config, 'inlineImage') || 'none'
  const inlineImage =
    INLINE.find((one) => one === saved) ?? refuse('inlineImage', saved, `one of ${INLINE.join(', ')}`)
  const regions: unknown = Reflect.get(config, 'includeRegions') ?? true
  if (typeof regions !== 'boolean') return refuse('includeRegions', regions, 'true or false')
  return {
    source,
    typePrefix,
    inlineImage,
    maxInlineBytes: kilobytes(config) * 1024,
    includeRegions: regions,
  }
}

const kilobytes = (config: object): number => {
  const saved: unknown = Reflect.get(config, 'maxInlineKilobytes')
  if (saved === undefined || saved === null || saved === '') return DEFAULT_INLINE_KILOBYTES
  const value = Number(saved)
  if (Number.isInteger(value) && value >= 1 && value <= MAX_INLINE_KILOBYTES) return value
  return refuse('maxInlineKilobytes', saved, `a whole number from 1 to ${MAX_INLINE_KILOBYTES}`)
}

const text = (config: object, field: string): string => {
  const saved: unknown = Reflect.get(config, field) ?? ''
  return typeof saved === 'string' ? saved.trim() : refuse(field, saved, 'text')
}

const refuse = (setting: string, found: unknown, expected: string): never => {
  throw codedError(
    'EVENT_SETTINGS',
    `"${setting}" is ${shown(found)}, expected ${expected}. Open the node and correct it.`,
  )
}
