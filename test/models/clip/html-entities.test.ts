import assert from 'node:assert/strict'
import { unescapeHtml } from '../../../models/clip/html-entities.ts'

/** Made with Python's `html.unescape`, which CLIP's own tokenizer calls. */
const CASES: readonly (readonly [text: string, resolved: string])[] = [
  ['tom &amp; jerry &lt;b&gt;', 'tom & jerry <b>'],
  ['&amp;amp;', '&amp;'],
  ['&quot;&apos;&nbsp;&copy', '"\'\u00a0©'],
  ['&Uuml;bergr&ouml;&szlig;e &plusmn;5&deg;', 'Übergröße ±5°'],
  ['&omega; &Omega; &ne; &rarr; &lang;', 'ω Ω ≠ → ⟨'],
  ['&notit; &ampx &copy2024', '¬it; &x ©2024'],
  ['&omega &hellip x', '&omega &hellip x'],
  ['&#65;&#x42;&#X43 &#68', 'ABC D'],
  ['&#128;&#153;&#129;', '€™\u0081'],
  ['&#0;&#xD800;&#x110000;&#99999999999999999999;', '\ufffd\ufffd\ufffd\ufffd'],
  ['[&#1;&#127;&#xFFFE;&#x1FFFF;&#xFDD0;]', '[]'],
  ['&#9;&#10;&#13;', '\t\n\r'],
  ['& && &; &#; &#x; &nosuchname;', '& && &; &#; &#x; &nosuchname;'],
]

describe('HTML character references', () => {
  for (const [text, resolved] of CASES)
    it(`are resolved in ${JSON.stringify(text)}`, () => {
      assert.equal(unescapeHtml(text), resolved)
    })
})
