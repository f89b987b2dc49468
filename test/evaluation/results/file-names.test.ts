import assert from 'node:assert/strict'
import { fileNameOf, uniqueFileNames } from '../../../evaluation/results/file-names.ts'

describe('names of files', () => {
  it('keep letters of all languages, digits, dots and dashes', () => {
    assert.equal(fileNameOf('Fußmatte_2.0-weiß'), 'Fußmatte_2.0-weiß')
    assert.equal(fileNameOf('metal nut/top: "A"'), 'metal_nut_top___A_')
  })

  it('lead to no other folder and are never empty or hidden', () => {
    for (const name of ['', '.', '..', '../..', '/', '.hidden', '\0'])
      assert.match(fileNameOf(name), /^_[^/\\]*$/)
  })

  it('are short enough for every disk, and still differ', () => {
    for (const long of ['x'.repeat(300), 'ß'.repeat(200), '漢'.repeat(300), '𝒳'.repeat(300)]) {
      const found = uniqueFileNames([`${long}a`, `${long}b`, `${long}c`])
      assert.equal(new Set(found).size, 3)
      for (const name of found) {
        assert.ok(Buffer.byteLength(name) <= 120, name)
        assert.ok(name.isWellFormed() && long.startsWith(name.replace(/-\d$/, '')), name)
        assert.equal(fileNameOf(name), name)
      }
    }
  })

  it('are numbered where two would be the same, on any disk', () => {
    assert.deepEqual(uniqueFileNames(['nano', 'a/b', 'Nano', 'a:b', 'nano-2']), [
      'nano',
      'a_b',
      'Nano-2',
      'a_b-2',
      'nano-2-2',
    ])
    assert.deepEqual(uniqueFileNames(['cache'], ['cache']), ['cache-2'])
  })
})
