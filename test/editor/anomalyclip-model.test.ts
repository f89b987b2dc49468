import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { type Editor, needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

describe('the dialog of anomalyclip-model', function () {
  this.timeout(90_000)
  let editors: Editors
  before(async function () {
    needChromium(this)
    editors = await startEditors()
  })
  afterEach(function () {
    return editors?.endTest(this.currentTest)
  })
  after(() => editors?.stop())

  /** By way of a node that uses one. */
  const opened = async (): Promise<{ editor: Editor; user: Locator; form: Locator }> => {
    const { opened: editor, form: user } = await editors.dropped('anomalyclip-infer', 'en-US')
    await user.locator('#node-input-btn-model-add').click()
    const form = editor.page.locator('#node-config-dialog-edit-form')
    await form.locator('#node-config-input-device').waitFor()
    return { editor, user, form }
  }
  const field = (form: Locator, name: string) => form.locator(`#node-config-input-${name}`)

  it('asks for a server only where one is to run the model, and then not for threads', async () => {
    const { form } = await opened()
    const shown = async () => [
      await field(form, 'serverUrl').isVisible(),
      await field(form, 'serverToken').isVisible(),
      await field(form, 'threads').isVisible(),
    ]
    assert.deepEqual(await shown(), [false, false, true])
    await field(form, 'device').selectOption('kserve')
    assert.deepEqual(await shown(), [true, true, false])
    await field(form, 'device').selectOption('cpu')
    assert.deepEqual(await shown(), [false, false, true])
  })

  it('marks what is no address and a missing name, and keeps what was filled in, the token apart', async () => {
    const { editor, user, form } = await opened()
    const marked = (name: string) => form.locator(`#node-config-input-${name}.input-error`).waitFor()
    await field(form, 'device').selectOption('kserve')
    await marked('serverUrl')
    await marked('serverModel')
    await set(field(form, 'serverUrl'), 'triton:8000')
    await marked('serverUrl')
    await set(field(form, 'serverUrl'), 'https://triton:8000')
    await set(field(form, 'serverModel'), 'parts')
    await set(field(form, 'serverToken'), 'secret')
    await form.locator('.input-error').first().waitFor({ state: 'detached' })
    await editor.screenshot('anomalyclip-model, a server')
    await editor.done()
    await user.locator('#node-input-btn-model-edit').click()
    assert.equal(await field(form, 'serverUrl').inputValue(), 'https://triton:8000')
    assert.equal(await field(form, 'serverParallel').inputValue(), '2')
    assert.ok(await field(form, 'serverUrl').isVisible())
    const saved = await editor.page.evaluate(
      "JSON.stringify(RED.nodes.createCompleteNodeSet({ credentials: false }).filter(({ type }) => type === 'anomalyclip-model'))",
    )
    assert.match(String(saved), /"serverModel":"parts"/)
    assert.doesNotMatch(String(saved), /secret/)
  })
})
