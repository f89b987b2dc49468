import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { factsOf } from '../../connect/opcua/pki/index.ts'
import { startOpcUaServer, type TestServer } from '../support/opcua-server.ts'
import { type Editor, needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

const TYPE = 'opcua-connection'

describe('the dialog of opcua-connection', function () {
  this.timeout(90_000)
  let server: TestServer | undefined
  let editors: Editors
  before(async function () {
    needChromium(this)
    server = await startOpcUaServer({
      users: { operator: 'secret' },
      allowAnonymous: true,
      variables: [{ name: 'Picture', dataType: 'ByteString', value: Buffer.alloc(3) }],
    })
    editors = await startEditors()
  })
  afterEach(function () {
    return editors?.endTest(this.currentTest)
  })
  after(async () => {
    await editors?.stop()
    await server?.stop()
  })

  /** By way of a node that uses one. */
  const opened = async (): Promise<{ page: Editor; form: Locator }> => {
    const { opened: page, form: user } = await editors.dropped('opcua-image', 'en-US')
    await user.locator('#node-input-btn-connection-add').click()
    const form = page.page.locator('#node-config-dialog-edit-form')
    await form.locator('#node-config-input-endpointUrl').waitFor()
    // Our own certificate comes from the runtime, which loads OPC UA for it.
    await form.locator('#opcua-connection-own .certificate').waitFor({ timeout: 90_000 })
    return { page, form }
  }
  const seen = (form: Locator, field: string) => form.locator(`#node-config-input-${field}`).isVisible()

  it('asks for what the user needs', async () => {
    const { page, form } = await opened()
    const shown = async () => [
      await seen(form, 'user'),
      await seen(form, 'password'),
      await seen(form, 'privateKey'),
    ]
    assert.deepEqual(await shown(), [false, false, false])
    await form.locator('#node-config-input-identity').selectOption('userName')
    assert.deepEqual(await shown(), [true, true, false])
    await form.locator('#node-config-input-identity').selectOption('certificate')
    assert.deepEqual(await shown(), [false, false, true])
    const unsafe = form.locator('#opcua-connection-unsafe')
    assert.equal(await unsafe.isVisible(), false)
    await form.locator('#node-config-input-securityMode').selectOption('None')
    await unsafe.waitFor()
    assert.equal(await seen(form, 'securityPolicy'), false)
    assert.deepEqual(page.problems, [])
  })

  it('marks what is no endpoint URL', async () => {
    const { form } = await opened()
    const url = form.locator('#node-config-input-endpointUrl')
    await set(url, '192.168.0.1')
    await form.locator('#node-config-input-endpointUrl.input-error').waitFor()
  })

  it('says what is wrong with a server that is not there', async () => {
    const { form } = await opened()
    await form.locator('#node-config-input-endpointUrl').fill('opc.tcp://127.0.0.1:9')
    await form.getByRole('button', { name: 'Look at the server' }).click()
    await form.locator('#opcua-connection-found').getByText('OPCUA_OFFLINE').waitFor()
  })

  it('looks at a server, trusts it, picks a variable of it, and trusts it no longer', async () => {
    assert.ok(server)
    const { page, form } = await opened()
    const found = form.locator('#opcua-connection-found')
    await form.locator('#node-config-input-endpointUrl').fill(server.endpointUrl)
    await form.getByRole('button', { name: 'Look at the server' }).click()
    await found.getByText('SignAndEncrypt · Basic256Sha256 · anonymous, user name, certificate').waitFor()
    const thumbprint = factsOf(server.certificate).thumbprint.toUpperCase().match(/.{4}/g)!.join(' ')
    await found.getByText(thumbprint).waitFor()
    await found.getByText('not trusted', { exact: true }).waitFor()
    await page.screenshot(`${TYPE}, a server that is not trusted`)

    await found.getByRole('button', { name: 'Trust this certificate' }).click()
    await found.getByText('trusted', { exact: true }).waitFor()
    const others = form.locator('#opcua-connection-others')
    await others.getByText(thumbprint).waitFor()
    await others.getByRole('button', { name: 'No longer trust' }).waitFor()
    await page.screenshot(`${TYPE}, a server that is trusted`)

    const download = page.page.waitForEvent('download')
    await form.getByRole('button', { name: 'Download for the PLC' }).click()
    assert.equal((await download).suggestedFilename(), 'anomalyclip-node-red.der')
    await page.done()
    // The editor asks before it deploys a node that lacks something.
    await page.page.locator('#node-input-nodeId').fill('ns=1;s=Picture')
    await page.done()
    await page.deploy()

    const user = await page.open('opcua-image')
    const id = await user.locator('#node-input-connection').inputValue()
    await page.page.evaluate(
      `RED.anomalyclip.pickNode(${JSON.stringify(id)}, {}, (node) => { window.picked = node })`,
    )
    const dialog = page.page.locator('.ui-dialog').filter({ has: page.page.locator('.opcua-pick') })
    const choose = dialog.getByRole('button', { name: 'Choose' })
    const objects = dialog.getByText('Server', { exact: true })
    await objects.waitFor({ timeout: 90_000 })
    await objects.click()
    assert.equal(await choose.isDisabled(), true)
    await dialog.getByText('Picture', { exact: true }).click()
    await page.screenshot(`${TYPE}, picking a variable`)
    await choose.click()
    await dialog.waitFor({ state: 'hidden' })
    const picked = (await page.page.evaluate('window.picked')) as { nodeId: string; dataType: string }
    assert.deepEqual([picked.nodeId, picked.dataType], ['ns=1;s=Picture', 'ByteString'])

    await user.locator('#node-input-btn-connection-edit').click()
    await others.getByRole('button', { name: 'No longer trust' }).click()
    await others.getByRole('button', { name: 'Trust this certificate' }).waitFor()
    await page.done()
    await page.done()
    assert.deepEqual(page.problems, [])
  })
})
