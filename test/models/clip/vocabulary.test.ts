import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { readMerges, vocabulary } from '../../../models/clip/vocabulary.ts'
import { scratchFolder } from '../weights/craft.ts'

describe('CLIP’s vocabulary', () => {
  const write = scratchFolder()

  it('numbers bytes, bytes at a word’s end and merges in this order', () => {
    const { ids } = vocabulary()
    assert.equal(ids.size, 49_406)
    assert.deepEqual(
      ['!', '!</w>', 'in', 'the</w>'].map((piece) => ids.get(piece)),
      [0, 256, 512, 518],
    )
  })

  it('refuses a table of other content', () => {
    const table = write('table.gz', gzipSync('#version\na b\n'))
    assert.throws(() => readMerges(table), {
      code: 'TEXT_VOCABULARY',
      message: /sha256 .* expected 924691ac/,
    })
  })

  it('says so where the table is missing', () => {
    assert.throws(() => readMerges(write('none.gz')), { code: 'TEXT_VOCABULARY', message: /ENOENT/ })
  })
})
