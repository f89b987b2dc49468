import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'
import { OUR_NODES } from '../support/our-nodes.ts'

const LANGUAGES = ['de', 'en-US', 'ja', 'zh-CN']
const folderOf = (node: string) => join(root, 'nodes', node)

type Catalogue = { [key: string]: string | Catalogue }

const readJson = (...path: string[]): Catalogue =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Catalogue

/** `{"label": {"model": "Model"}}` as `[['label.model', 'Model']]`. */
const entriesOf = (catalogue: Catalogue, prefix = ''): [string, string][] =>
  Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : entriesOf(value, `${prefix}${key}.`),
  )

const catalogueOf = (node: string, language: string) =>
  new Map(entriesOf(readJson(folderOf(node), 'locales', language, `${node}.json`)))

const editorOf = (node: string) => readFileSync(join(folderOf(node), `${node}.html`), 'utf8')
const helpOf = (node: string, language: string) =>
  readFileSync(join(folderOf(node), 'locales', language, `${node}.html`), 'utf8')

const allMatches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** The keys a dialog names: in `data-i18n`, and in its script through `t(…)` and `this._(…)`. */
const keysUsed = (html: string): string[] => [
  ...allMatches(html, /data-i18n="(?:\[[\w-]+\])?([^"]+)"/g),
  ...allMatches(html, /(?:\bt|this\._|\._)\(\s*'([\w.]+)'/g),
  ...allMatches(html, /'((?:error|hint|option|port|parts|label)\.\w+)'/g),
  ...allMatches(html, /anomalyclip\/[\w-]+:([\w.]+)'/g),
]

for (const node of OUR_NODES)
  describe(`the languages of ${node}`, () => {
    it('are English, German, Japanese and Chinese', () => {
      assert.deepEqual(readdirSync(join(folderOf(node), 'locales')).sort(), LANGUAGES)
    })

    it('have exactly the same keys, and no text is empty', () => {
      const english = [...catalogueOf(node, 'en-US').keys()]
      for (const language of LANGUAGES) {
        const catalogue = catalogueOf(node, language)
        assert.deepEqual([...catalogue.keys()], english, language)
        for (const [key, text] of catalogue) assert.notEqual(text.trim(), '', `${language}: ${key}`)
      }
    })

    it('fill in the same values', () => {
      for (const [key, text] of catalogueOf(node, 'en-US'))
        for (const language of LANGUAGES) {
          const values = (of: string) => [...new Set(allMatches(of, /(__\w+?__)/g))].sort()
          assert.deepEqual(
            values(catalogueOf(node, language).get(key) ?? ''),
            values(text),
            `${language}: ${key}`,
          )
        }
    })

    it('have every key that the dialog uses', () => {
      const core = new Map(
        entriesOf(readJson(root, 'node_modules/@node-red/nodes/locales/en-US/messages.json')),
      )
      const own = catalogueOf(node, 'en-US')
      for (const key of keysUsed(editorOf(node)))
        assert.ok(
          key.startsWith('node-red:') ? core.has(key.slice('node-red:'.length)) : own.has(key),
          `${key} is in no catalogue`,
        )
    })

    it('translate what is more than a name', () => {
      const english = catalogueOf(node, 'en-US')
      // Sentences and phrases; single words may be names (CPU, OK).
      for (const language of ['ja', 'zh-CN'])
        for (const [key, text] of catalogueOf(node, language))
          if ((english.get(key) ?? '').split(' ').length > 3)
            assert.match(text, /[\u3040-\u30ff\u4e00-\u9fff]/, `${language}: ${key}`)
    })

    it('keep translated status texts under 20 characters', () => {
      for (const language of LANGUAGES)
        for (const [key, text] of catalogueOf(node, language))
          if (!key.includes('.')) assert.ok(text.length < 20, `${language}: ${key}`)
    })

    it('have a help text with the same sections and properties', () => {
      const outline = (help: string) => ({
        headings: allMatches(help, /<(h3)>/g).length,
        lists: allMatches(help, /<(dl class="message-properties"|ol class="node-ports"|ul)>/g),
        // What a flow author writes is the same in every language.
        code: allMatches(help, /<code>([\w./{}, ]+)<\/code>/g).sort(),
      })
      for (const language of LANGUAGES) {
        const help = helpOf(node, language)
        assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${node}">\n<p>`))
        assert.deepEqual(outline(help), outline(helpOf(node, 'en-US')), language)
      }
    })
  })
