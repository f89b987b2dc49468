import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { root } from '../../tools/tree.ts'

const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, 'docs', file), 'utf8')) as T

export interface Ref {
  readonly $ref: string
}

/** AsyncAPI 3.0, as far as docs/asyncapi.json uses it. */
export interface AsyncApi {
  readonly asyncapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<Record<string, Operation>>
}

export interface Channel {
  readonly address: string
  readonly parameters: Readonly<Record<string, object>>
  readonly messages: Readonly<Record<string, Ref>>
}

export interface Operation {
  readonly action: string
  readonly channel: Ref
  readonly messages: readonly Ref[]
  readonly bindings: { readonly mqtt: { readonly qos: number; readonly retain: boolean } }
}

export interface MessageObject {
  readonly contentType: string
  readonly headers?: object
  readonly payload: { readonly schemaFormat: string; readonly schema: object }
  readonly correlationId?: Ref
  readonly bindings: { readonly mqtt: { readonly contentType: string; readonly correlationData?: object } }
}

const EVENT_SCHEMA = 'anomaly-event.schema.json'
export const document = read<AsyncApi>('asyncapi.json')

const eventSchema = read<{ $id: string }>(EVENT_SCHEMA)
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema(eventSchema)

/** What a reference of the document points to. */
export const resolve = <T>({ $ref }: Ref): T => {
  const [file = '', pointer = ''] = $ref.split('#')
  const within: unknown = file === '' ? document : file === `./${EVENT_SCHEMA}` ? eventSchema : undefined
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((parent, name) => Reflect.get(Object(parent), name.replaceAll('~1', '/')), within)
  if (found === undefined) throw new Error(`${$ref} points to nothing`)
  return found as T
}

/** A function that says what is wrong with a value by a schema of the document; '' if nothing is. */
export const checkOf = (schema: object): ((value: unknown) => string) => {
  // References into the document start at the root of the schema that they stand in; those to the file go by its name.
  const text = JSON.stringify(schema).replaceAll(`"./${EVENT_SCHEMA}`, `"${eventSchema.$id}`)
  const validate = ajv.compile({ ...JSON.parse(text), components: Reflect.get(document, 'components') })
  return (value) => (validate(value) ? '' : ajv.errorsText(validate.errors))
}

/** Matches the topics of an address, every placeholder one level. */
export const patternOf = (address: string): RegExp =>
  new RegExp(`^${address.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
