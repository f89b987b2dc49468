import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { OUR_NODES } from '../support/our-nodes.ts'
import { type Editor, needChromium } from './browser.ts'
import { type Editors, startEditors } from './start.ts'
import { assertLabelled, assertTexts } from './texts.ts'

/** What has no place on the canvas is made in the dialog of a node that uses it: that node, and its field. */
const MADE_IN: Readonly<Record<string, readonly [string, string]>> = {
  'anomalyclip-model': ['anomalyclip-infer', 'model'],
  'opcua-connection': ['opcua-image', 'connection'],
}

/** What a dialog has to show first, and choices that bring up more fields. */
const MORE: Readonly<Record<string, readonly ((form: Locator) => Promise<unknown>)[]>> = {
  'anomalyclip-model': [(form) => form.locator('#node-config-input-device').selectOption('kserve')],
  'opcua-connection': [
    // Our own certificate comes from the runtime, which loads OPC UA for it.
    (form) => form.locator('#opcua-connection-own .certificate').waitFor({ timeout: 90_000 }),
    (form) => form.locator('#node-config-input-identity').selectOption('userName'),
    (form) => form.locator('#node-config-input-identity').selectOption('certificate'),
  ],
  'opcua-image': [
    (form) => form.locator('#node-input-source').selectOption('file'),
    (form) => form.locator('#node-input-mode').selectOption('triggered'),
  ],
  'opcua-vision': [(form) => form.locator('#opcua-vision-own .certificate').waitFor({ timeout: 90_000 })],
}

describe('the dialogs', function () {
  this.timeout(120_000)
  let editors: Editors
  before(async function () {
    needChromium(this)
    editors = await startEditors()
  })
  afterEach(function () {
    return editors?.endTest(this.currentTest)
  })
  after(() => editors?.stop())

  const opened = async (type: string, language: string): Promise<{ opened: Editor; form: Locator }> => {
    const [user, field] = MADE_IN[type] ?? []
    if (user === undefined) return editors.dropped(type, language)
    const { opened, form } = await editors.dropped(user, language)
    await form.locator(`#node-input-btn-${field}-add`).click()
    return { opened, form: opened.page.locator('#node-config-dialog-edit-form') }
  }

  for (const language of ['en-US', 'de', 'ja', 'zh-CN'])
    for (const type of OUR_NODES)
      it(`that of ${type} is in ${language}, and names every field`, async () => {
        const { opened: editor, form } = await opened(type, language)
        await assertTexts(form, type, language)
        await assertLabelled(form)
        for (const more of MORE[type] ?? []) {
          await more(form)
          await assertLabelled(form)
        }
        await editor.screenshot(`${type}, ${language}`)
        assert.deepEqual(editor.problems, [])
      })
})
