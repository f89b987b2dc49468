import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

const TYPE = 'anomalyclip-train'

/** A model node in whose place another model was put into use. */
const FLOW = [
  { id: 'tab', type: 'tab', label: 'in use' },
  { id: 'model', type: 'anomalyclip-model', version: 1, name: 'of the line', model: 'nano' },
  {
    id: 'infer',
    type: 'anomalyclip-infer',
    z: 'tab',
    model: 'model',
    image: 'payload',
    x: 300,
    y: 100,
    wires: [[]],
  },
]

describe('the dialog of anomalyclip-train', function () {
  this.timeout(120_000)
  let editors: Editors
  before(async function () {
    needChromium(this)
    editors = await startEditors()
    const folder = join(editors.folder, 'userDir', 'anomalyclip', 'deployed')
    await mkdir(folder, { recursive: true })
    const deployments = [{ model: 'line-7', threshold: null }]
    await writeFile(
      join(folder, 'model.json'),
      JSON.stringify({ version: 1, inPlaceOf: 'nano', deployments }),
    )
    const headers = { 'Content-Type': 'application/json' }
    await fetch(`${editors.url}/flows`, { method: 'POST', headers, body: JSON.stringify(FLOW) })
  })
  afterEach(function () {
    return editors?.endTest(this.currentTest)
  })
  after(() => editors?.stop())

  it('the dialog of the model says which one is in use in place of the chosen one', async () => {
    const editor = await editors.open('en-US')
    await editor.open('anomalyclip-infer')
    await editor.page.locator('#node-input-btn-model-edit').click()
    await editor.page.getByText('In use now is line-7').waitFor()
    await editor.screenshot('anomalyclip-model, in use')
    assert.deepEqual(editor.problems, [])
  })

  it('marks what the runtime would refuse', async () => {
    const { opened, form } = await editors.dropped(TYPE, 'en-US')
    for (const [field, wrong, right] of [
      ['folder', 'a/b', 'line-3'],
      ['leastGood', '4', '5'],
      ['leastBad', 'some', '10'],
      ['epochs', '0', '1'],
      ['clip', 'ViT-L-14-336px.pt', '/media/usb/ViT-L-14-336px.pt'],
      ['prompts', './prompts.pth', ''],
    ] as const) {
      const input = form.locator(`#node-input-${field}`)
      await set(input, wrong)
      await input.and(opened.page.locator('.input-error')).waitFor()
      await set(input, right)
      await input.and(opened.page.locator(':not(.input-error)')).waitFor()
    }
    assert.deepEqual(opened.problems, [])
  })
})
