import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenize } from '../../../models/clip/tokenizer.ts'
import { goldenFolder, readTensors } from '../../support/golden.ts'

interface GoldenText {
  readonly text: string
  readonly ids: readonly number[]
}

describe('the tokenizer', () => {
  it('gives the ids of CLIP’s own for prompts and awkward texts', () => {
    const file = join(goldenFolder('baselines'), 'tokens.json')
    const golden = JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenText[]
    assert.ok(golden.length > 300)
    for (const { text, ids } of golden) assert.deepEqual(tokenize(text), ids, text)
  })

  it('agrees with the golden token tensor', async () => {
    const tokens = (await readTensors(join(goldenFolder('tiny-a'), 'expected.safetensors'))).get('tokens')!
    const length = tokens.shape[1]!
    for (const [row, text] of ['a photo of a damaged bottle.', 'flawless metal_nut'].entries()) {
      const ids = tokenize(text)
      const padded = [...ids, ...new Array<number>(length - ids.length).fill(0)]
      assert.deepEqual([...tokens.data.subarray(row * length, (row + 1) * length)], padded)
    }
  })

  it('makes no difference of case, kind and number of blanks', () => {
    const ids = tokenize('a photo of a damaged object.')
    assert.deepEqual(tokenize('  A\tPHOTO\u00a0of\u0085 a\r\nDamaged\u3000object. '), ids)
  })

  it('splits English endings, and digits one by one', () => {
    assert.deepEqual(tokenize("it's 12"), [49406, 585, 568, 272, 273, 49407])
  })

  it('knows the marks of start and end in a text', () => {
    assert.deepEqual(tokenize('a<|endoftext|><|startoftext|>'), [49406, 320, 49407, 49406, 49407])
  })

  it('takes a text of 77 tokens and refuses one more', () => {
    assert.equal(tokenize('a '.repeat(75)).length, 77)
    assert.throws(() => tokenize('a '.repeat(76)), { code: 'TEXT_TOO_LONG', message: /78 tokens/ })
  })

  it('refuses a word without end before it begins on it', () => {
    assert.throws(() => tokenize('x'.repeat(10_000_000)), {
      code: 'TEXT_TOO_LONG',
      message: /10000000 characters/,
    })
  })
})
