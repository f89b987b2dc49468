import { shown } from '../../errors/index.ts'

/** Takes a value of unknown origin for a T, or throws what is wrong with it, in words. @param at its place, as in `categories.nut.worst` */
export type Read<T> = (value: unknown, at: string) => T

const refuse = (value: unknown, at: string, expected: string): never => {
  throw new Error(`${at === '' ? 'the whole' : `"${at}"`} is ${shown(value)}, expected ${expected}`)
}

const within = (at: string, name: string | number): string => (at === '' ? String(name) : `${at}.${name}`)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const text: Read<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(value, at, 'a text')

/** Text of a form that `expected` says in words. */
export const textLike =
  (form: RegExp, expected: string): Read<string> =>
  (value, at) =>
    typeof value === 'string' && form.test(value) ? value : refuse(value, at, expected)

export const number: Read<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse(value, at, 'a number')

export const yesOrNo: Read<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(value, at, 'true or false')

export const oneOf =
  <const T extends string | number>(...choices: readonly T[]): Read<T> =>
  (value, at) =>
    choices.find((choice) => choice === value) ?? refuse(value, at, choices.map(shown).join(' or '))

export const nullOr =
  <T>(read: Read<T>): Read<T | null> =>
  (value, at) =>
    value === null ? null : read(value, at)

/** Of a field that may be absent. */
export const optional =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : read(value, at)

export const listOf =
  <T>(read: Read<T>): Read<readonly T[]> =>
  (value, at) =>
    Array.isArray(value)
      ? value.map((item: unknown, index) => read(item, within(at, index)))
      : refuse(value, at, 'a list')

/** Values by name, whatever the names. */
export const recordOf =
  <T>(read: Read<T>): Read<Readonly<Record<string, T>>> =>
  (value, at) =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, read(item, within(at, name))]))
      : refuse(value, at, 'an object')

/** An object with all of these fields, unless one is `optional`; others are left out. */
export const objectOf =
  <T extends object>(
    fields: { readonly [K in keyof T]-?: Read<T[K] | (undefined extends T[K] ? undefined : never)> },
  ): Read<T> =>
  (value, at) => {
    if (!isRecord(value)) return refuse(value, at, 'an object')
    const entries = Object.entries<Read<unknown>>(fields)
    const found = entries.map(([name, read]) => [name, read(value[name], within(at, name))] as const)
    return Object.fromEntries(found.filter(([, field]) => field !== undefined)) as T
  }
