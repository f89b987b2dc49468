import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator } from 'playwright-core'
import { freePort, type NodeRed, startNodeRed } from '../../demo/node-red.ts'
import { connectPlc, PASSWORD, type Plc } from '../connect/opcua/server/plc.ts'
import { type Editor, needChromium, openEditor, startBrowser } from './browser.ts'
import { assertLabelled, assertTexts } from './texts.ts'

const TYPE = 'opcua-vision'

describe('the dialog of opcua-vision', function () {
  this.timeout(60_000)
  let folder: string
  let nodeRed: NodeRed | undefined
  let browser: Browser | undefined
  let editor: Editor | undefined

  before(async function () {
    needChromium(this)
    folder = await mkdtemp(join(tmpdir(), 'editor-'))
    const flow = join(folder, 'empty.json')
    await writeFile(flow, '[]')
    nodeRed = await startNodeRed({ userDir: join(folder, 'userDir'), flow })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await nodeRed?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  /** A tab of its own, with one node of the type. */
  const dropped = async (language: string): Promise<{ opened: Editor; form: Locator }> => {
    assert.ok(browser && nodeRed)
    const opened = await openEditor(browser, nodeRed.url, language)
    editor = opened
    await opened.drop(TYPE, 300, 200)
    await (await opened.node(TYPE)).waitFor()
    return { opened, form: await opened.open(TYPE) }
  }
  afterEach(async () => {
    await editor?.page.context().close()
    editor = undefined
  })
  const set = async (field: Locator, value: string) => {
    await field.fill(value)
    await field.blur()
  }

  for (const language of ['en-US', 'de', 'ja', 'zh-CN'])
    it(`is in ${language}, and names every field`, async () => {
      const { opened, form } = await dropped(language)
      await assertTexts(form, TYPE, language)
      await assertLabelled(form)
      await form.locator('#opcua-vision-own .certificate').waitFor()
      await opened.screenshot(`${TYPE}, ${language}`)
    })

  it('warns of open doors, lists the node ids of its station, and marks a name that makes none', async () => {
    const { opened, form } = await dropped('en-US')
    const warning = form.locator('#opcua-vision-unsafe')
    assert.equal(await warning.isVisible(), false)
    await form.locator('#node-input-allowNone').check()
    assert.equal(await warning.isVisible(), true)
    await form.locator('#node-input-allowNone').uncheck()
    const station = form.locator('#node-input-station')
    await set(station, 'line.3')
    await form.locator('#node-input-station.input-error').waitFor()
    await set(station, 'line3')
    await form.locator('#node-input-station.input-error').waitFor({ state: 'detached' })
    const ids = await form.locator('#opcua-vision-ids').inputValue()
    assert.match(ids, /^urn:anomalyclip:vision:flat\n/)
    assert.match(ids, /ns=2;s=line3\.Status\.ResultsValid {2}Boolean/)
    await opened.screenshot(`${TYPE}, node ids`)
  })

  it('keeps user and password, and trusts the PLC that was refused', async () => {
    const { opened, form } = await dropped('en-US')
    const port = await freePort()
    await set(form.locator('#node-input-port'), String(port))
    await set(form.locator('#node-input-host'), '127.0.0.1')
    await set(form.locator('#node-input-user1'), PASSWORD.name)
    await set(form.locator('#node-input-password1'), PASSWORD.password)
    await opened.done()
    await opened.deploy()
    const label = (await opened.node(TYPE)).locator('.red-ui-flow-node-status-label')
    await label.filter({ hasText: '0 clients' }).waitFor()

    const connect = (): Promise<Plc> =>
      connectPlc({ url: `opc.tcp://127.0.0.1:${port}`, folder: join(folder, 'plc'), station: 'station1' })
    await assert.rejects(connect())
    const again = await opened.open(TYPE)
    assert.notEqual(await again.locator('#node-input-password1').inputValue(), PASSWORD.password)
    const client = again.locator('#opcua-vision-clients .certificate')
    await client.locator('.rejected').waitFor()
    await client.getByRole('button').click()
    await client.locator('.trusted').waitFor()
    await opened.screenshot(`${TYPE}, trusted`)
    await opened.done()
    const plc = await connect()
    assert.equal(await plc.read('Status.Online'), true)
    await label.filter({ hasText: '1 client' }).waitFor()
    await plc.close()
    assert.deepEqual(opened.problems, [])
  })
})
