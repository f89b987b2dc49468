import assert from 'node:assert/strict'
import { html } from '../../../evaluation/report/html.ts'

describe('the template for HTML', () => {
  it('escapes text where an element or a quoted attribute holds it', () =>
    assert.equal(
      html`<td title="${`"><script>`}">${`<b>&'`}</td>`.html,
      '<td title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;</td>',
    ))

  it('leaves HTML as it is, lists one after the other, and null out', () =>
    assert.equal(html`${[html`<i>${1}</i>`, '<', null]}`.html, '<i>1</i>&lt;'))

  it('takes a text with a field named html for text', () =>
    assert.equal(html`${JSON.stringify({ html: '<b>' })}`.html, '{&quot;html&quot;:&quot;&lt;b&gt;&quot;}'))
})
