import { codedError, shown } from '../../errors/index.ts'
import type { AnomalyEvent } from '../../inspection/event/index.ts'

/** Equipment hierarchy of ISA-95 (IEC 62264-1 §5.3), the usual levels of a plant's topics; each may be empty. */
const HIERARCHY = ['enterprise', 'site', 'area', 'line', 'cell'] as const
export type Isa95 = Readonly<Record<(typeof HIERARCHY)[number], string>>

const LEVELS = HIERARCHY.map((name) => `{${name}}`).join('/')
export const DEFAULT_EVENT_TOPIC = `${LEVELS}/anomaly/{camera}`
export const DEFAULT_STATUS_TOPIC = `${LEVELS}/anomaly/status/{node}`

/** Per event. `camera` is the last level of the image's source, which is often a topic itself. */
const OF_EVENT = {
  source: ({ subject = '' }) => subject,
  camera: ({ subject = '' }) => subject.slice(subject.lastIndexOf('/') + 1),
  key: ({ data }) => data.verdict.key,
  level: ({ data }) => data.verdict.level,
  model: ({ data }) => data.model.name,
  type: ({ type }) => type,
} satisfies Record<string, (event: AnomalyEvent) => string>

/** A UTF-8 string of MQTT has its length in two bytes (MQTT 5.0 §1.5.4). */
const MAX_BYTES = 65_535

/**
 * Makes a template into a function that gives the topic of an event. A level that is an empty ISA-95 field falls away
 * together with its slash.
 * @throws MQTT_TOPIC, here for the template and the ISA-95 fields, in the function for what an event holds
 */
export const eventTopics = (template: string, plant: Isa95): ((event: AnomalyEvent) => string) => {
  const needed = neededOf(template, plant, Object.keys(OF_EVENT))
  return (event) =>
    whole(
      fill(needed, (name) =>
        isOfEvent(name) ? levelOf(name, OF_EVENT[name](event), CORRECT_EVENT) : ofPlant(name, plant),
      ),
    )
}

/**
 * The topic of a node's status.
 * @param host name of the machine, as boxes that run the same flow have nodes of the same name
 * @throws MQTT_TOPIC
 */
export const statusTopic = (template: string, plant: Isa95, node: string, host: string): string =>
  whole(
    fill(neededOf(template, plant, ['node', 'host']), (name) => {
      if (name === 'node') return levelOf(name, node, 'Give the node another name.')
      return name === 'host' ? levelOf(name, host, 'Leave it out.') : ofPlant(name, plant)
    }),
  )

const CORRECT_EVENT =
  'Correct what the message says (infer: source, threshold: key), or leave the placeholder out of the topic.'

const isOfEvent = (name: string): name is keyof typeof OF_EVENT => Object.hasOwn(OF_EVENT, name)
const isOfPlant = (name: string): name is keyof Isa95 => HIERARCHY.some((one) => one === name)

const ofPlant = (name: string, plant: Isa95): string =>
  isOfPlant(name) ? levelOf(name, plant[name], 'Correct the field in the node.') : name

const fill = (template: string, value: (name: string) => string): string =>
  template.replace(/\{([^{}]*)\}/g, (_placeholder, name: string) => value(name))

/** The template without its empty ISA-95 levels, and everything in it checked that is known before an event. */
const neededOf = (template: string, plant: Isa95, names: readonly string[]): string => {
  const literals = fill(template, (name) => {
    if (isOfPlant(name) || names.includes(name)) return 'x'
    const known = [...HIERARCHY, ...names].map((one) => `{${one}}`).join(' ')
    return refuseTemplate(template, `{${name}} is not a placeholder; there are ${known}`)
  })
  if (literals === '') return refuseTemplate(template, 'it is empty')
  if (/[{}]/.test(literals)) return refuseTemplate(template, 'a brace stands alone')
  if (literals.split('/').includes(''))
    return refuseTemplate(template, 'a slash stands at its beginning or end, or two stand together')
  const wrong = wrongIn(literals)
  if (wrong !== null) return refuseTemplate(template, `it holds ${wrong}`)

  const needed = template.split('/').filter((level) => {
    const [, name = ''] = /^\{(\w+)\}$/.exec(level) ?? []
    return !(isOfPlant(name) && plant[name].trim() === '')
  })
  if (needed.length === 0) return refuseTemplate(template, 'every level of it is an empty ISA-95 field')
  fill(needed.join('/'), (name) => ofPlant(name, plant))
  return needed.join('/')
}

/** A value stays within the level in which it stands, and begins nothing that belongs to a server, wherever it stands. */
const levelOf = (name: string, value: string, toDo: string): string => {
  const wrong =
    value.trim() === ''
      ? 'nothing'
      : value.includes('/')
        ? 'a slash'
        : value.includes('$')
          ? 'a dollar'
          : wrongIn(value)
  if (wrong === null) return value.trim()
  throw codedError(
    'MQTT_TOPIC',
    `{${name}} of the topic is ${shown(value)}, which holds ${wrong}; expected text for one level of a topic. ${toDo}`,
  )
}

/** What must not stand in a topic that is published to, in words. */
const wrongIn = (text: string): string | null => {
  // MQTT 5.0 §4.7.1: wildcards are for subscriptions; §4.7.2: what begins with $ belongs to the server.
  if (/[+#]/.test(text)) return 'a wildcard, + or #'
  if (text.trimStart().startsWith('$')) return '$ at its beginning'
  // §1.5.4: U+0000 and surrogates are forbidden, other control characters and noncharacters make a server hang up.
  if (!text.isWellFormed() || /[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) return 'a control character'
  // Subscribers make paths of topics.
  if (text.includes('\\') || text.includes('..') || text.trim() === '.') return 'a path, \\ or ..'
  return null
}

const whole = (topic: string): string => {
  const bytes = Buffer.byteLength(topic)
  if (bytes <= MAX_BYTES) return topic
  throw codedError(
    'MQTT_TOPIC',
    `the topic has ${bytes} bytes, at most ${MAX_BYTES} are possible (MQTT 5.0 §1.5.4). Shorten it.`,
  )
}

const refuseTemplate = (template: string, why: string): never => {
  throw codedError(
    'MQTT_TOPIC',
    `the topic ${shown(template)} cannot be published to: ${why}. Open the node and correct it.`,
  )
}
