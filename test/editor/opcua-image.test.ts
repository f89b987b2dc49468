import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

const TYPE = 'opcua-image'

describe('the dialog of opcua-image', function () {
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

  const dropped = () => editors.dropped(TYPE, 'en-US')
  const visible = (form: Locator, field: string) => form.locator(`#node-input-${field}`).isVisible()

  it('shows what belongs to source and mode, and marks what is missing there', async () => {
    const { opened, form } = await dropped()
    const shown = async () => ({
      limit: await visible(form, 'maxMegabytes'),
      fileLimit: await visible(form, 'maxFileMegabytes'),
      trigger: await visible(form, 'trigger'),
      sampling: await visible(form, 'samplingMs'),
    })
    assert.deepEqual(await shown(), { limit: true, fileLimit: false, trigger: false, sampling: true })
    await form.locator('#node-input-source').selectOption('file')
    await form.locator('#node-input-mode').selectOption('asked')
    assert.deepEqual(await shown(), { limit: false, fileLimit: true, trigger: false, sampling: false })
    await form.locator('#node-input-mode').selectOption('triggered')
    assert.deepEqual(await shown(), { limit: false, fileLimit: true, trigger: true, sampling: true })

    const wrong = (field: string) => form.locator(`#node-input-${field}.input-error`)
    await wrong('trigger').waitFor()
    await set(form.locator('#node-input-trigger'), 'ns=2;s=Camera.Frame')
    await wrong('trigger').waitFor({ state: 'detached' })
    await set(form.locator('#node-input-nodeId'), 'Camera')
    await wrong('nodeId').waitFor()
    await set(form.locator('#node-input-nodeId'), 'ns=2;i=7')
    await wrong('nodeId').waitFor({ state: 'detached' })
    await opened.screenshot(`${TYPE}, triggered`)

    await opened.done()
    const again = await opened.open(TYPE)
    assert.equal(await again.locator('#node-input-trigger').inputValue(), 'ns=2;s=Camera.Frame')
    assert.equal(await again.locator('#node-input-source').inputValue(), 'file')
  })

  it('asks for a connection before it shows the tree of a server', async () => {
    const { opened, form } = await dropped()
    await form.locator('#opcua-image-pick-nodeId').click()
    await opened.page.getByText('Choose a connection first, and deploy it.').waitFor()
  })
})
