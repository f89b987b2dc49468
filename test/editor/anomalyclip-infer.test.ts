import assert from 'node:assert/strict'
import { join } from 'node:path'
import { buildModel } from '../../models/build.ts'
import { goldenFolder } from '../support/golden.ts'
import { type Editor, needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

const TYPE = 'anomalyclip-infer'

/** An infer node as it was saved before there were classes, and three models. */
const FLOW = [
  { id: 'tab', type: 'tab', label: 'classes' },
  ...['products', 'nano', '/elsewhere/model'].map((model, index) => ({
    id: `model-${index}`,
    type: 'anomalyclip-model',
    version: 1,
    name: `model ${index}`,
    model,
  })),
  {
    id: 'infer',
    type: TYPE,
    z: 'tab',
    version: 1,
    name: '',
    model: 'model-0',
    image: 'payload',
    imageType: 'msg',
    source: 'topic',
    sourceType: 'msg',
    capturedAt: 'capturedAt',
    capturedAtType: 'msg',
    x: 300,
    y: 100,
    wires: [[]],
  },
]

describe('the dialog of anomalyclip-infer', function () {
  this.timeout(120_000)
  let editors: Editors
  let editor: Editor
  before(async function () {
    needChromium(this)
    editors = await startEditors()
    await buildModel({
      method: 'clip',
      clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
      classNames: ['bottle', 'metal nut'],
      imageSize: 64,
      output: join(editors.folder, 'userDir', 'anomalyclip', 'models', 'products'),
    })
    editor = await editors.open('en-US')
    await editor.importFlow(JSON.stringify(FLOW))
    await editor.page.click('[id="red-ui-tab-tab"]')
  })
  afterEach(function () {
    return editors?.endTest(this.currentTest)
  })
  after(() => editors?.stop())

  it('says which classes the chosen model knows, and that a model takes none', async () => {
    const form = await editor.open(TYPE)
    const facts = form.locator('#anomalyclip-infer-classes')
    await facts.getByText('The model knows: bottle, metal nut.').waitFor()
    await editor.screenshot(`${TYPE}, classes`)
    await form.locator('#node-input-model').selectOption('model-1')
    await facts.getByText('takes no class names').waitFor()
    await form.locator('#node-input-model').selectOption('model-2')
    await facts.getByText(/^$/).waitFor({ state: 'attached' })
    assert.deepEqual(editor.problems, [])
  })

  it('keeps a class and where it is found; a node saved before has none', async () => {
    const saved = () =>
      editor.page.evaluate(`(({ class: name, classType }) => [name, classType])(RED.nodes.node('infer'))`)
    const form = await editor.open(TYPE)
    const row = form.locator('.form-row', { has: editor.page.locator('#node-input-class') })
    const field = row.locator('input.red-ui-typedInput-input')
    assert.equal(await field.inputValue(), '')
    assert.equal(await field.getAttribute('placeholder'), "empty = the model's default")
    await editor.done()
    assert.deepEqual(await saved(), ['', 'str'])

    await editor.open(TYPE)
    await set(field, 'bottle')
    await editor.done()
    assert.deepEqual(await saved(), ['bottle', 'str'])

    await editor.open(TYPE)
    await row.locator('.red-ui-typedInput-type-select').click()
    await editor.page.locator('.red-ui-typedInput-options a[value="msg"]').filter({ visible: true }).click()
    await set(field, 'part.kind')
    await editor.done()
    assert.deepEqual(await saved(), ['part.kind', 'msg'])
    assert.deepEqual(editor.problems, [])
  })

  it('keeps a view for all images and one for a single source; a node saved before has none', async () => {
    const saved = () =>
      editor.page.evaluate(
        `(({ tiles, overlap, tileScore, rotation, region, views, view }) => ({ tiles, overlap, tileScore, rotation, region, views, view }))(RED.nodes.node('infer'))`,
      )
    await editor.open(TYPE)
    await editor.done()
    assert.deepEqual(await saved(), {
      tiles: '',
      overlap: '',
      tileScore: 'max',
      rotation: '0',
      region: '',
      views: [],
      view: '',
    })

    const form = await editor.open(TYPE)
    await set(form.locator('#node-input-tiles'), '3x2')
    await set(form.locator('#node-input-overlap'), '20%')
    await form.locator('#node-input-tileScore').selectOption('top-3')
    await form.locator('#node-input-rotation').selectOption('90')
    const region = form.locator('#node-input-region')
    await set(region, '1, 2, 3')
    await form.locator('#node-input-region.input-error').waitFor()
    await set(region, '0, 0, 50%, 100%')
    await form.locator('#node-input-region:not(.input-error)').waitFor()
    await form.locator('.red-ui-editableList-addButton').click()
    await set(form.locator('[data-field="source"]'), 'camera/2')
    await set(form.locator('[data-field="ignore"]'), '10, 20, 30, 40; 0,0,9,0,9,9')
    await form.locator('select[data-field="rotation"]').selectOption('180')
    await editor.screenshot(`${TYPE}, view`)
    await editor.done()
    assert.deepEqual(await saved(), {
      tiles: '3x2',
      overlap: '20%',
      tileScore: 'top-3',
      rotation: '90',
      region: '0, 0, 50%, 100%',
      views: [
        {
          source: 'camera/2',
          tiles: '',
          rotation: '180',
          region: '',
          ignore: '10, 20, 30, 40; 0,0,9,0,9,9',
          ignoreMask: '',
        },
      ],
      view: '',
    })
    // Opened again, the row is there as it was saved.
    const again = await editor.open(TYPE)
    assert.equal(await again.locator('[data-field="source"]').inputValue(), 'camera/2')
    assert.equal(await again.locator('select[data-field="rotation"]').inputValue(), '180')
    await editor.done()
    assert.deepEqual(editor.problems, [])
  })
})
