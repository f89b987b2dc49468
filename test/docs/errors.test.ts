import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES } from '../../errors/index.ts'
import { errorTables } from '../../tools/error-list.ts'
import { root } from '../../tools/tree.ts'

describe('docs/errors.md', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')

  it('lists every code with its meaning (npm run docs writes it)', () =>
    assert.ok(page.endsWith(errorTables(ERROR_CODES)), 'docs/errors.md is out of date: run `npm run docs`'))

  it('has one table a room', () =>
    assert.equal(
      errorTables({ EYE_SHUT: 'It was shut.', EYE_RED: 'It was red.', EAR_DEAF: 'It heard nothing.' }),
      '\n## EYE\n\n| code | meaning |\n| --- | --- |\n| `EYE_SHUT` | It was shut. |\n| `EYE_RED` | It was red. |\n' +
        '\n## EAR\n\n| code | meaning |\n| --- | --- |\n| `EAR_DEAF` | It heard nothing. |\n',
    ))
})
