import { needChromium } from './browser.ts'
import { type Editors, startEditors } from './start.ts'
import { assertLabelled, assertTexts } from './texts.ts'

const TYPE = 'opcua-result'

describe('the dialog of opcua-result', function () {
  this.timeout(120_000)
  let editors: Editors
  before(async function () {
    needChromium(this)
    editors = await startEditors()
  })
  afterEach(function () {
    return editors?.closeTabs(this.currentTest)
  })
  after(() => editors?.stop())

  for (const language of ['en-US', 'de', 'ja', 'zh-CN'])
    it(`is in ${language}, and names every field`, async () => {
      const { opened, form } = await editors.dropped(TYPE, language)
      await assertTexts(form, TYPE, language)
      await assertLabelled(form)
      await opened.screenshot(`${TYPE}, ${language}`)
    })
})
