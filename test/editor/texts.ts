import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { root } from '../../tools/tree.ts'

type Catalogue = { [key: string]: string | Catalogue }

const readJson = (path: string): Catalogue => JSON.parse(readFileSync(join(root, path), 'utf8')) as Catalogue

const lookUp = (catalogue: Catalogue, key: string): string => {
  const found = key
    .split('.')
    .reduce<string | Catalogue | undefined>(
      (within, part) => (typeof within === 'object' ? within[part] : undefined),
      catalogue,
    )
  return typeof found === 'string' ? found : assert.fail(`${key} is in no catalogue`)
}

/** What a key of a dialog (`label.model`, `node-red:common.label.name`) is to be shown as. */
const wantedText = (type: string, language: string, key: string): string =>
  key.startsWith('node-red:')
    ? lookUp(
        readJson(`node_modules/@node-red/nodes/locales/${language}/messages.json`),
        key.slice('node-red:'.length),
      )
    : lookUp(
        readJson(`nodes/${type}/locales/${language}/${type}.json`),
        // The editor says in front whose key it is.
        key.replace(`@anomalyclip/node-red-anomalyclip/${type}:`, ''),
      )

/** Every text and placeholder that a dialog takes from a catalogue is shown, in that language. */
export const assertTexts = async (form: Locator, type: string, language: string): Promise<void> => {
  const texts = form.locator('[data-i18n]')
  await texts.first().waitFor({ state: 'attached' })
  const shown = await texts.evaluateAll((elements) =>
    elements.map((element) => {
      const said = element.dataset.i18n ?? ''
      const attribute = /^\[(.+)\]/.exec(said)?.[1]
      const text = attribute === undefined ? element.textContent : element.getAttribute(attribute)
      return { key: said.replace(/^\[.+\]/, ''), text }
    }),
  )
  assert.deepEqual(
    shown,
    shown.map(({ key }) => ({ key, text: wantedText(type, language, key) })),
  )
  const rawKeys = /(?:label|hint|option|section|column|unit|parts|error)\.[a-z]\w*|@anomalyclip\//i
  assert.doesNotMatch((await form.textContent()) ?? '', rawKeys)
}

/** Every field that can be seen has a text that names it: its label, or as the columns of a list `aria-label`. */
export const assertLabelled = async (form: Locator): Promise<void> => {
  const unnamed = await form
    .locator('.form-row')
    .locator('input, select, textarea')
    .filter({ visible: true })
    .evaluateAll((fields) =>
      fields
        .filter((field) => {
          // A typedInput hides the field that the label is for, and shows one of its own.
          const row = field.closest('.red-ui-typedInput-container')?.closest('.form-row')
          const label = row ? row.querySelector('label') : (field as HTMLInputElement).labels?.[0]
          const name = field.getAttribute('aria-label') ?? (label ? label.textContent : '')
          return name.trim() === ''
        })
        .map((field) => field.outerHTML),
    )
  assert.deepEqual(unnamed, [])
}

/** The first sentence or so of the help text of a node, as the help sidebar is to show it. */
export const helpOf = (type: string, language: string): string => {
  const help = readFileSync(join(root, `nodes/${type}/locales/${language}/${type}.html`), 'utf8')
  const [, text] = /<p>([\s\S]*?)<\/p>/.exec(help) ?? assert.fail(`${type} has no help`)
  return text!.replaceAll(/<\/?\w+>/g, '').replaceAll(/\s+/g, ' ')
}
