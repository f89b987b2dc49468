import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { buildModel } from '../../models/build.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { root } from '../../tools/tree.ts'
import { goldenFolder } from '../support/golden.ts'
import { type KserveServer, startKserveServer } from '../support/kserve/server.ts'
import { type Editor, needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'
import { assertLabelled, assertTexts, helpOf } from './texts.ts'

/** A field of each dialog: a value that is to be kept, and one that is to be marked. */
const NODES = [
  { type: 'anomalyclip-infer', field: 'name', kept: 'line 3', wrong: null },
  { type: 'threshold', field: 'score', kept: '0.9', wrong: '2' },
  { type: 'mask-encode', field: 'pixel', kept: '0.1', wrong: '-1' },
  { type: 'anomaly-event', field: 'source', kept: '/plant/line-3', wrong: 'line 3' },
] as const

/** The dot's text once the model is loaded: images a second, waiting, dropped. */
const READY = /^0\.0\/s q0 d0$/

/** Of the example kserve; the test has a server of its own. */
const EXAMPLE_SERVER = 'http://127.0.0.1:8000'

describe('the editor', function () {
  this.timeout(120_000)
  let editors: Editors
  let editor: Editor
  let server: KserveServer
  const log: string[] = []

  before(async function () {
    needChromium(this)
    // A port that nobody listens on: the demonstration's broker is none of this test's business.
    const env = { ANOMALYCLIP_DEMO_MQTT_PORT: '9' }
    editors = await startEditors({ env, onLog: (line) => log.push(line) })
    // The example with classes has to be able to start; the published model is a gigabyte.
    await buildModel({
      method: 'clip',
      clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
      classNames: ['bottle', 'metal nut'],
      imageSize: 64,
      output: join(editors.folder, 'userDir', 'anomalyclip', 'models', 'winclip-vit-b-16-plus-240'),
    })
    server = await startKserveServer({ folder: nanoModelDir(), model: 'nano' })
    editor = await editors.open('en-US')
  })
  after(async () => {
    await editors?.stop()
    await server?.stop()
  })
  // One flow grows from test to test: after a failure the rest would only fail late.
  let failed = false
  beforeEach(function () {
    if (failed) this.skip()
  })
  afterEach(async function () {
    failed ||= this.currentTest?.state === 'failed'
    if (this.currentTest?.state === 'failed') await editor?.screenshot(`failed, ${this.currentTest.title}`)
    assert.deepEqual(editor?.problems ?? [], [])
  })

  const input = (form: Locator, field: string) => form.locator(`#node-input-${field}`)
  const marked = (field: Locator) => field.and(editor.page.locator('.input-error')).waitFor()
  const unmarked = (field: Locator) => field.and(editor.page.locator(':not(.input-error)')).waitFor()
  const mark = async (type: string) => (await editor.node(type)).locator('.red-ui-flow-node-error')
  const statusOf = (type: Locator) => type.locator('.red-ui-flow-node-status-label')

  it('takes each node from the palette to the canvas', async () => {
    for (const [index, { type }] of NODES.entries()) {
      await editor.drop(type, 150 + 230 * index, 150)
      await (await editor.node(type)).waitFor()
    }
    await (await mark('anomalyclip-infer')).waitFor()
    for (const type of ['threshold', 'mask-encode', 'anomaly-event'])
      await (await mark(type)).waitFor({ state: 'hidden' })
  })

  it('makes the model from the dialog of infer, and warns of nano', async () => {
    const form = await editor.open('anomalyclip-infer')
    await marked(input(form, 'model'))
    await form.locator('#node-input-btn-model-add').click()
    const model = editor.page.locator('#node-config-dialog-edit-form')
    const queue = model.locator('#node-config-input-queueImages')
    await queue.waitFor()
    // The list of models comes from the runtime.
    await model.getByText('anomalyclip, 224 × 224 px').waitFor()
    await assertTexts(model, 'anomalyclip-model', 'en-US')
    await assertLabelled(model)
    await model.getByText('no better than chance').waitFor()
    await model.getByLabel('Model', { exact: true }).selectOption('/')
    await model.getByText('no better than chance').waitFor({ state: 'hidden' })
    const path = model.getByLabel('Folder')
    await set(path, 'models/mine')
    await marked(path)
    await model.getByLabel('Model', { exact: true }).selectOption('nano')
    await set(queue, '0')
    await marked(queue)
    await set(queue, '20')
    await editor.screenshot('anomalyclip-model')
    await editor.done()
    await unmarked(input(form, 'model'))

    await form.locator('#node-input-btn-model-edit').click()
    assert.equal(await queue.inputValue(), '20')
    await editor.done()
    await editor.done()
    await (await mark('anomalyclip-infer')).waitFor({ state: 'hidden' })
  })

  for (const { type, field, kept, wrong } of NODES) {
    it(`${type}: names every field and keeps what is set`, async () => {
      const form = await editor.open(type)
      await assertTexts(form, type, 'en-US')
      await assertLabelled(form)
      await editor.screenshot(type)
      await set(input(form, field), kept)
      await editor.done()
      assert.equal(await input(await editor.open(type), field).inputValue(), kept)
      await editor.done()
    })

    if (wrong !== null)
      it(`${type}: marks a wrong value, in the dialog and on the canvas`, async () => {
        const form = await editor.open(type)
        await set(input(form, field), wrong)
        await marked(input(form, field))
        await editor.done()
        await (await mark(type)).waitFor()
        await set(input(await editor.open(type), field), kept)
        await unmarked(input(form, field))
        await editor.done()
        await (await mark(type)).waitFor({ state: 'hidden' })
      })
  }

  it('threshold: shows the sections of its mode, and a row for each key', async () => {
    const form = await editor.open('threshold')
    const [fixed, calibrate] = [form.locator('.when-fixed'), form.locator('.when-calibrate')]
    await fixed.waitFor()
    assert.equal(await calibrate.isVisible(), false)
    await form.getByLabel('Thresholds').selectOption('calibrate')
    await calibrate.waitFor()
    assert.equal(await fixed.isVisible(), false)
    assert.ok(await form.getByLabel('Quantile').isVisible())
    await form.getByLabel('Rule').selectOption('rate')
    assert.equal(await form.getByLabel('Quantile').isVisible(), false)
    await form.getByText('needs at least 473 good parts; 50 can vouch for 9.1 %').waitFor()
    await assertLabelled(form)
    await editor.screenshot('threshold, calibrated')
    await form.getByLabel('Thresholds').selectOption('fixed')

    await form.locator('.red-ui-editableList-addButton').click()
    const row = form.locator('.keys-row').last()
    await set(row.getByLabel('Key'), 'camera-1')
    await set(row.getByLabel('Alarm'), '2')
    await set(row.getByLabel('Warning'), '0.7')
    await marked(row.getByLabel('Alarm'))
    await set(row.getByLabel('Alarm'), '0.8')
    await assertLabelled(form)
    await editor.screenshot('threshold, fixed')
    await editor.done()
    const again = (await editor.open('threshold')).locator('.keys-row').last()
    assert.equal(await again.getByLabel('Key').inputValue(), 'camera-1')
    assert.equal(await again.getByLabel('Alarm').inputValue(), '0.8')
    await editor.done()
    await (await mark('threshold')).waitFor({ state: 'hidden' })
  })

  it('threshold: takes over what the model suggests', async () => {
    const form = await editor.open('threshold')
    await form.getByText('Suggested for nano').getByRole('button').click()
    const { suggestedThreshold }: { suggestedThreshold: Record<'score' | 'pixel', number> } = JSON.parse(
      readFileSync(join(root, 'dist/built/nano/model.json'), 'utf8'),
    )
    for (const field of ['score', 'pixel'] as const)
      assert.ok(
        Math.abs(Number(await input(form, field).inputValue()) - suggestedThreshold[field]) < 1e-4,
        field,
      )
    await editor.done()
  })

  it('mask-encode: asks about the picture for an overlay only', async () => {
    const form = await editor.open('mask-encode')
    assert.equal(await form.getByLabel('Opacity').isVisible(), false)
    await form.getByLabel('Encoding').selectOption('overlay')
    assert.ok(await form.getByLabel('Opacity').isVisible())
    await assertLabelled(form)
    await editor.screenshot('mask-encode, overlay')
    await editor.done()
  })

  it('anomaly-event: asks about a broker where it publishes, and keeps what is set', async () => {
    const form = await editor.open('anomaly-event')
    const publish = input(form, 'publish')
    const address = input(form, 'brokerUrl')
    const topic = input(form, 'eventTopic')
    assert.deepEqual([await address.isVisible(), await topic.isVisible()], [false, false])
    await publish.selectOption('broker')
    await marked(input(form, 'broker'))
    assert.deepEqual([await address.isVisible(), await topic.isVisible()], [false, true])
    await assertLabelled(form)
    await editor.screenshot('anomaly-event, broker')
    await publish.selectOption('own')
    await set(address, 'broker.example')
    await marked(address)
    await set(address, 'mqtts://broker.example:8883')
    await unmarked(address)
    await set(topic, 'a/+')
    await marked(topic)
    await set(topic, '{site}/{level}')
    await set(input(form, 'user'), 'box')
    await assertLabelled(form)
    await editor.screenshot('anomaly-event, own broker')
    await editor.done()

    const again = await editor.open('anomaly-event')
    assert.equal(await input(again, 'brokerUrl').inputValue(), 'mqtts://broker.example:8883')
    assert.equal(await input(again, 'eventTopic').inputValue(), '{site}/{level}')
    assert.equal(await input(again, 'user').inputValue(), 'box')
    // Nobody listens there: the flow that is deployed below is not to publish.
    await input(again, 'publish').selectOption('off')
    await editor.done()
  })

  it('wires the nodes, deploys them, and infer tells that it is ready', async () => {
    await editor.wire('anomalyclip-infer', 0, 'threshold')
    await editor.wire('threshold', 0, 'mask-encode')
    await editor.wire('threshold', 1, 'mask-encode')
    await editor.wire('mask-encode', 0, 'anomaly-event')
    await editor.deploy()
    const flows = (await (await fetch(`${editors.url}/flows`)).json()) as Record<string, unknown>[]
    const deployed = (type: string) => flows.find((one) => one.type === type) ?? assert.fail(type)
    assert.deepEqual(deployed('anomalyclip-infer').wires, [[deployed('threshold').id]])
    const mask = deployed('mask-encode').id
    assert.deepEqual(deployed('threshold').wires, [[mask], [mask], []])
    assert.deepEqual(deployed('mask-encode').wires, [[deployed('anomaly-event').id]])
    await statusOf(await editor.node('anomalyclip-infer'))
      .filter({ hasText: READY })
      .waitFor()
    await editor.screenshot('deployed')
  })

  for (const { type } of NODES)
    it(`${type}: has its help in the sidebar`, async () => {
      await editor.open(type)
      await editor.page.locator('.red-ui-tray-footer-left button').first().click()
      const help = editor.page.locator('.red-ui-sidebar-help-stack').getByText(helpOf(type, 'en-US'))
      await help.first().waitFor()
      await editor.screenshot(`${type}, help`)
      await editor.done()
    })

  it('anomalyclip-model: says that the deployed model matches its reference, and offers the next device for a GPU alone', async () => {
    const form = await editor.open('anomalyclip-infer')
    await form.locator('#node-input-btn-model-edit').click()
    const model = editor.page.locator('#node-config-dialog-edit-form')
    await model.getByText(/Runs on cpu and matches reference, largest difference \S+ in the score/).waitFor()
    const next = model.getByLabel('If not usable')
    assert.equal(await next.isVisible(), false)
    await model.getByLabel('Device').selectOption('tensorrt')
    await next.waitFor()
    assert.equal(await next.inputValue(), 'none')
    await assertLabelled(model)
    await editor.screenshot('anomalyclip-model, deployed')
    await model.getByLabel('Device').selectOption('cpu')
    await editor.done()
    await editor.done()
  })

  it('deploys only what has changed when asked to', async () => {
    await editor.page.click('#red-ui-header-button-deploy-options')
    await editor.page.click('#deploymenu-item-flow')
    await editor.page.locator('#deploymenu-item-flow').waitFor({ state: 'hidden' })
  })

  for (const file of readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.json')))
    it(`imports the example ${file}, deploys it, and infer tells that it is ready`, async () => {
      const json = readFileSync(join(root, 'examples', file), 'utf8').replace(EXAMPLE_SERVER, server.url)
      const nodes = JSON.parse(json) as { id: string; type: string; z?: string }[]
      await editor.importFlow(json)
      const tab = nodes.find(({ type }) => type === 'tab') ?? assert.fail('the example has no tab')
      let shown = ''
      const show = async (id: string) => {
        // Two clicks on a tab would open its dialog.
        if (id !== shown) await editor.page.click(`[id="red-ui-tab-${id}"]`)
        shown = id
      }
      await show(tab.id)
      const wrong = await editor.page.evaluate(`(() => {
        const wrong = []
        const look = ({ id, type, valid, validationErrors }) =>
          (valid === false || type === 'unknown') && wrong.push([id, type, validationErrors])
        RED.nodes.eachNode(look)
        RED.nodes.eachConfig(look)
        return wrong
      })()`)
      assert.deepEqual(wrong, [])
      await editor.screenshot(`example ${file}`)
      await editor.deploy()
      const deployed = (await (await fetch(`${editors.url}/flows`)).json()) as { id: string }[]
      const ids = new Set(deployed.map(({ id }) => id))
      assert.deepEqual(
        nodes.filter(({ id }) => !ids.has(id)),
        [],
      )
      for (const { id, z } of nodes.filter(({ type }) => type === 'anomalyclip-infer')) {
        await show(z ?? assert.fail(`${id} is on no tab`))
        await statusOf(editor.page.locator(`[id="${id}"]`))
          .filter({ hasText: READY })
          // The first example with OPC UA loads it, and nothing else happens meanwhile.
          .waitFor({ timeout: 100_000 })
      }
    })

  it('has left no error or warning of ours in the log', () => {
    assert.deepEqual(
      log.filter((line) => /\[(error|warn)\] \[(anomal|threshold|mask-encode)/.test(line)),
      [],
    )
  })
})
