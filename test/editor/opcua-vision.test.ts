import assert from 'node:assert/strict'
import { join } from 'node:path'
import { freePort } from '../../demo/node-red.ts'
import { connectPlc, PASSWORD, type Plc } from '../connect/opcua/server/plc.ts'
import { needChromium, set } from './browser.ts'
import { type Editors, startEditors } from './start.ts'

const TYPE = 'opcua-vision'

describe('the dialog of opcua-vision', function () {
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

  it('warns of open doors, lists the node ids of its station, and marks a name that makes none', async () => {
    const { opened, form } = await dropped()
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
    const { opened, form } = await dropped()
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
      connectPlc({
        url: `opc.tcp://127.0.0.1:${port}`,
        folder: join(editors.folder, 'plc'),
        station: 'station1',
      })
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
